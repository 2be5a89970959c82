import * as pulumi from "@pulumi/pulumi";
import * as keywordsai from "@pulumi/keywordsai";

const config = new pulumi.Config();

const vllm = new keywordsai.CustomProvider("vllm", {
    providerId: "acme-vllm",
    providerName: "vLLM",
    baseUrl: "https://vllm.acme.example/v1",
    apiKey: config.requireSecret("vllmKey"),
});
// By its id, the only output that a stack of a Python program has from the first run on.
new keywordsai.CustomModel("on-vllm", { customProviderId: vllm.id, inputCost: 0.2 });

const base = keywordsai.getModelOutput({ modelName: "openai/gpt-4o" });
const support = new keywordsai.CustomModel("support-llm", {
    modelName: "acme/support-llm",
    baseModelName: base.modelName,
    inputCost: config.requireNumber("inputCost"),
    outputCost: base.outputCost,
    maxContextWindow: 32000,
    functionCall: true,
    supportedParamsOverride: { top_p: { max: 1 }, "a.b": [1, "two"] },
});

const second = new keywordsai.Provider("second", {
    apiKey: config.requireSecret("secondKey"),
    baseUrl: process.env.KEYWORDSAI_BASE_URL,
});
new keywordsai.CustomModel("there", { modelName: "acme/there", inputCost: 1 }, { provider: second });

if (config.getBoolean("faq")) {
    new keywordsai.CustomModel("faq", { modelName: "acme/faq", baseModelName: "gpt-4o", inputCost: 3 });
}

export const inputCost: pulumi.Output<number | undefined> = support.inputCost;
export const known = keywordsai
    .listModelsOutput({ pattern: "acme/f*" })
    .apply(({ models }) => models.map((model) => model.modelName));
