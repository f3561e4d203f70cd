"""Who the customers are and what they are worth: orders, lifetime value."""
