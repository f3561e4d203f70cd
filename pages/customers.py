"""Who is one person and why, one person's story, and what people decided about it."""

from omnidash.ui import frame
from omnidash.ui.customers.page import show_customers

frame.show("customers", show_customers)
