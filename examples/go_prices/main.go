package main

import (
	"example.com/pulumi-keywordsai/sdk/go/keywordsai"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// Prices are USD per million tokens; Pulumi.dev.yaml and Pulumi.prod.yaml have their own.
type Prices struct {
	InputCost  float64 `json:"inputCost"`
	OutputCost float64 `json:"outputCost"`
}

func main() {
	pulumi.Run(declare)
}

func declare(ctx *pulumi.Context) error {
	conf := config.New(ctx, "")
	var prices Prices
	conf.RequireObject("supportLlm", &prices)

	// A model that we only read: ours has its context window.
	base, err := keywordsai.GetModel(ctx, &keywordsai.GetModelArgs{ModelName: "openai/gpt-4o-mini"})
	if err != nil {
		return err
	}

	support, err := keywordsai.NewCustomModel(ctx, "support-llm", &keywordsai.CustomModelArgs{
		ModelName:        pulumi.String("acme/support-llm"),
		BaseModelName:    pulumi.String(base.ModelName),
		MaxContextWindow: pulumi.IntPtrFromPtr(base.MaxContextWindow),
		FunctionCall:     pulumi.Bool(true),
		InputCost:        pulumi.Float64(prices.InputCost),
		OutputCost:       pulumi.Float64(prices.OutputCost),
	})
	if err != nil {
		return err
	}

	// The same model in the account of another key, 10% dearer.
	eu, err := keywordsai.NewProvider(ctx, "eu", &keywordsai.ProviderArgs{
		ApiKey: conf.RequireSecret("euKey"),
	})
	if err != nil {
		return err
	}
	_, err = keywordsai.NewCustomModel(ctx, "support-llm-eu", &keywordsai.CustomModelArgs{
		ModelName:     pulumi.String("acme/support-llm"),
		BaseModelName: pulumi.String(base.ModelName),
		InputCost:     pulumi.Float64(prices.InputCost * 1.1),
		OutputCost:    pulumi.Float64(prices.OutputCost * 1.1),
	}, pulumi.Provider(eu))
	if err != nil {
		return err
	}

	ctx.Export("supportModel", support.ModelName)
	return nil
}
