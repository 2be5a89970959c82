"""Models from data: files laid over each other, units, list prices, and what compares them."""
