"""The usage of models, fetched from the service: the file that `review --usage` reads."""
