"""Groups equal queries and gives each a weight."""
