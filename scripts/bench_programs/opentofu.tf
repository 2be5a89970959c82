# The models of the other programs, by a provider for any REST API, as its users write them.
# Of count, for_each and one block for each model, count costs OpenTofu least.

terraform {
  required_providers {
    restapi = { source = "mastercard/restapi" }
  }
}

variable "url" {}
variable "api_key" {}
variable "models" { type = number }
variable "price" { type = number }

provider "restapi" {
  uri                  = var.url
  headers              = { Authorization = "Bearer ${var.api_key}", Content-Type = "application/json" }
  id_attribute         = "model_name"
  update_method        = "POST"
  write_returns_object = true
}

resource "restapi_object" "model" {
  count = var.models

  path         = "/api/models/"
  update_path  = "/api/models/"
  read_path    = "/api/models/{id}/"
  destroy_path = "/api/models/{id}/"

  data = jsonencode({
    model_name         = format("acme/model-%03d", count.index)
    base_model_name    = "gpt-4o"
    input_cost         = count.index == 0 ? var.price : 2.5
    output_cost        = 10
    max_context_window = 128000
    function_call      = 1
  })
}
