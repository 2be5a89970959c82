"""Every model of models.yaml, with the prices of the selected stack."""

from keywordsai_dynamic import ModelCatalog

models = ModelCatalog.from_config(base="models.yaml").declare()
