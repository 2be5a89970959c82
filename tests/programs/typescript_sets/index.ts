import * as pulumi from "@pulumi/pulumi";
import * as keywordsai from "@pulumi/keywordsai";

const config = new pulumi.Config();

const vllm = new keywordsai.CustomProvider("vllm", {
    providerId: "acme-vllm",
    providerName: "vLLM",
    baseUrl: "https://vllm.acme.example/v1",
    apiKey: config.requireSecret("vllmKey"),
});
const base = keywordsai.getModelOutput({ modelName: "openai/gpt-4o" });

// Names of providers as text, as a number and as an Output; values that are secret, or an Output;
// fields as an object, and as an Output of one.
const prices = new keywordsai.ModelSet("prices", {
    models: {
        "acme/by-output": { customProviderId: vllm.providerId, inputCost: 0.2 },
        "acme/by-id": { customProviderId: vllm.id, inputCost: 0.3 },
        "acme/by-text": { providerId: "openai", inputCost: 0.4 },
        "acme/by-number": { customProviderId: 7, inputCost: 0.5 },
        "acme/support-llm": {
            baseModelName: base.modelName,
            inputCost: config.requireNumber("inputCost"),
            outputCost: base.outputCost,
            maxContextWindow: 32000,
            functionCall: true,
            supportedParamsOverride: { top_p: { max: 1 }, "a.b": [1, "two"] },
        },
        "acme/secret": { inputCost: config.requireSecretNumber("price"), outputCost: 2 },
        "acme/whole": config
            .requireSecretNumber("wholePrice")
            .apply((inputCost) => ({ inputCost })),
    },
});

export const inputCost: pulumi.Output<number | undefined> = prices.models.apply(
    (models) => models["acme/support-llm"].inputCost,
);
export const provider = prices.models.apply((models) => models["acme/by-output"].customProviderId);
