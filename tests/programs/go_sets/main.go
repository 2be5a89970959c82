package main

import (
	"example.com/pulumi-keywordsai/sdk/go/keywordsai"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(declare)
}

func declare(ctx *pulumi.Context) error {
	conf := config.New(ctx, "")

	vllm, err := keywordsai.NewCustomProvider(ctx, "vllm", &keywordsai.CustomProviderArgs{
		ProviderId:   pulumi.String("acme-vllm"),
		ProviderName: pulumi.String("vLLM"),
		BaseUrl:      pulumi.String("https://vllm.acme.example/v1"),
		ApiKey:       conf.RequireSecret("vllmKey"),
	})
	if err != nil {
		return err
	}
	base := keywordsai.GetModelOutput(ctx, keywordsai.GetModelOutputArgs{
		ModelName: pulumi.String("openai/gpt-4o"),
	})

	// Names of providers as text, as a number and as an Output; values that are secret, or an
	// Output; fields as an object, and as an Output of one.
	whole := conf.RequireSecretFloat64("wholePrice").ApplyT(
		func(cost float64) keywordsai.ModelFields { return keywordsai.ModelFields{InputCost: &cost} },
	).(keywordsai.ModelFieldsOutput)
	prices, err := keywordsai.NewModelSet(ctx, "prices", &keywordsai.ModelSetArgs{
		Models: keywordsai.ModelFieldsMap{
			"acme/by-output": keywordsai.ModelFieldsArgs{
				CustomProviderId: vllm.ProviderId,
				InputCost:        pulumi.Float64(0.2),
			},
			"acme/by-id": keywordsai.ModelFieldsArgs{
				CustomProviderId: vllm.ID(),
				InputCost:        pulumi.Float64(0.3),
			},
			"acme/by-text": keywordsai.ModelFieldsArgs{
				ProviderId: pulumi.String("openai"),
				InputCost:  pulumi.Float64(0.4),
			},
			"acme/by-number": keywordsai.ModelFieldsArgs{
				CustomProviderId: pulumi.Int(7),
				InputCost:        pulumi.Float64(0.5),
			},
			"acme/support-llm": keywordsai.ModelFieldsArgs{
				BaseModelName:    base.ModelName(),
				InputCost:        pulumi.Float64(conf.RequireFloat64("inputCost")),
				OutputCost:       base.OutputCost(),
				MaxContextWindow: pulumi.Int(32000),
				FunctionCall:     pulumi.Bool(true),
				SupportedParamsOverride: pulumi.Map{
					"top_p": pulumi.Map{"max": pulumi.Int(1)},
					"a.b":   pulumi.Array{pulumi.Int(1), pulumi.String("two")},
				},
			},
			"acme/secret": keywordsai.ModelFieldsArgs{
				InputCost:  conf.RequireSecretFloat64("price"),
				OutputCost: pulumi.Float64(2),
			},
			"acme/whole": whole,
		},
	})
	if err != nil {
		return err
	}

	models := prices.Models
	ctx.Export("inputCost", models.MapIndex(pulumi.String("acme/support-llm")).InputCost())
	ctx.Export("provider", models.MapIndex(pulumi.String("acme/by-output")).CustomProviderId())
	return nil
}
