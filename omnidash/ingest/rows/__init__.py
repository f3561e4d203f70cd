"""From text cells to typed rows in the shape of the workspace's tables, all in SQL on a staging database."""
