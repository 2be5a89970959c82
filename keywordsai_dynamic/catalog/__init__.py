"""Models from data: merged files, units, list prices, and what compares them."""
