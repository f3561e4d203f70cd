"""Contracts shared by every layer: tables, periods, filters, money, messages, errors. Imports nothing of ours."""
