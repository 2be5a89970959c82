package main

import (
	"os"

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
	// By its id, the only output that a stack of a Python program has from the first run on.
	_, err = keywordsai.NewCustomModel(ctx, "on-vllm", &keywordsai.CustomModelArgs{
		CustomProviderId: vllm.ID(),
		InputCost:        pulumi.Float64(0.2),
	})
	if err != nil {
		return err
	}

	base := keywordsai.GetModelOutput(ctx, keywordsai.GetModelOutputArgs{
		ModelName: pulumi.String("openai/gpt-4o"),
	})
	support, err := keywordsai.NewCustomModel(ctx, "support-llm", &keywordsai.CustomModelArgs{
		ModelName:        pulumi.String("acme/support-llm"),
		BaseModelName:    base.ModelName(),
		InputCost:        pulumi.Float64(conf.RequireFloat64("inputCost")),
		OutputCost:       base.OutputCost(),
		MaxContextWindow: pulumi.Int(32000),
		FunctionCall:     pulumi.Bool(true),
		SupportedParamsOverride: pulumi.Map{
			"top_p": pulumi.Map{"max": pulumi.Int(1)},
			"a.b":   pulumi.Array{pulumi.Int(1), pulumi.String("two")},
		},
	})
	if err != nil {
		return err
	}

	second, err := keywordsai.NewProvider(ctx, "second", &keywordsai.ProviderArgs{
		ApiKey:  conf.RequireSecret("secondKey"),
		BaseUrl: pulumi.String(os.Getenv("KEYWORDSAI_BASE_URL")),
	})
	if err != nil {
		return err
	}
	_, err = keywordsai.NewCustomModel(ctx, "there", &keywordsai.CustomModelArgs{
		ModelName: pulumi.String("acme/there"),
		InputCost: pulumi.Float64(1),
	}, pulumi.Provider(second))
	if err != nil {
		return err
	}

	if conf.GetBool("faq") {
		_, err = keywordsai.NewCustomModel(ctx, "faq", &keywordsai.CustomModelArgs{
			ModelName:     pulumi.String("acme/faq"),
			BaseModelName: pulumi.String("gpt-4o"),
			InputCost:     pulumi.Float64(3),
		})
		if err != nil {
			return err
		}
	}

	known, err := keywordsai.ListModels(ctx, &keywordsai.ListModelsArgs{
		Pattern: pulumi.StringRef("acme/f*"),
	})
	if err != nil {
		return err
	}
	names := pulumi.StringArray{}
	for _, model := range known.Models {
		names = append(names, pulumi.String(model.ModelName))
	}
	ctx.Export("inputCost", support.InputCost)
	ctx.Export("known", names)
	ctx.Export("there", pulumi.BoolArray{
		keywordsai.CustomModelExists(ctx, pulumi.String("acme/faq"), nil),
		keywordsai.CustomModelExists(ctx, pulumi.String("acme/none"), nil),
	})
	return nil
}
