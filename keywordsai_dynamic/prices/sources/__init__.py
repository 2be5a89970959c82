"""Where list prices come from. Other modules ask here; a further source is added beside `genai`."""

from .genai import data_date, data_version, find, is_installed, matching

__all__ = ["data_date", "data_version", "find", "is_installed", "matching"]
