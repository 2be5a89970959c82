import * as pulumi from "@pulumi/pulumi";
import * as keywordsai from "@pulumi/keywordsai";

/** USD per million tokens; Pulumi.dev.yaml and Pulumi.prod.yaml have their own. */
interface Prices {
    inputCost: number;
    outputCost: number;
}

const config = new pulumi.Config();
const prices = config.requireObject<Prices>("supportLlm");

// A model that we only read: ours has its context window.
const base = keywordsai.getModelOutput({ modelName: "openai/gpt-4o-mini" });

const support = new keywordsai.CustomModel("support-llm", {
    modelName: "acme/support-llm",
    baseModelName: base.modelName,
    maxContextWindow: base.maxContextWindow,
    functionCall: true,
    ...prices,
});

// The same model in the account of another key, 10% dearer.
const eu = new keywordsai.Provider("eu", { apiKey: config.requireSecret("euKey") });

new keywordsai.CustomModel(
    "support-llm-eu",
    {
        modelName: "acme/support-llm",
        baseModelName: base.modelName,
        inputCost: prices.inputCost * 1.1,
        outputCost: prices.outputCost * 1.1,
    },
    { provider: eu },
);

export const supportModel = support.modelName;
