"""What changes in one stack, model by model, in exact decimal money: values only."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from ..core.formatting import plain
from .outcome import Action

Amount = Annotated[Decimal, PlainSerializer(plain, return_type=str, when_used="json")]
"""A decimal number; in JSON it is a string, because most readers turn a number into a double."""


class Hidden(StrEnum):
    """Why the preview does not know a value."""

    UNKNOWN = "known after apply"
    SECRET = "secret"  # noqa: S105  (a word for one)


class Frozen(BaseModel):
    """An immutable value; every field is given when it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PriceChange(Frozen):
    """One price of one model before and after, in USD per million tokens; 0 is free."""

    field: str = Field(description="The price's field name.")
    old: Amount | Hidden | None = Field(description="Before; null if not declared.")
    new: Amount | Hidden | None = Field(description="After; null if not declared.")
    difference: Amount | None = Field(description="New minus old, if both are known.")
    percent: Amount | None = Field(
        description="Difference in percent of the old price, to two decimals; null if that was 0."
    )
    list_price: Amount | None = Field(description="What the vendor of the base charges.")
    above_list: Amount | None = Field(
        description="New minus list price, in percent of the list price; negative if below."
    )


class FieldChange(Frozen):
    """A change of a field that is not a price."""

    field: str = Field(description="The field's name.")
    sentence: str = Field(description="The change in words.")


class ModelChange(Frozen):
    """What happens to one model."""

    model_name: str = Field(description="The model; its resource if the name is not known.")
    resource: str = Field(description="URN of the Pulumi resource.")
    action: Action = Field(description="What happens to the model.")
    previous_name: str | None = Field(
        description="The resource's previous model, if a replacement changes it."
    )
    previous_deleted: bool = Field(
        description="Whether the previous model is deleted: no other resource gets or reads it."
    )
    may_overwrite: bool = Field(
        description="overwrite_existing is declared, and whether the model exists is not known."
    )
    inherits: tuple[str, ...] = Field(
        description="Prices that are newly inherited from the base, so their values are not known."
    )
    base: str | None = Field(description="The name whose list prices are compared with.")
    prices: tuple[PriceChange, ...] = Field(description="Prices that change.")
    capabilities: tuple[FieldChange, ...] = Field(description="Other fields that change.")
    remarks: tuple[str, ...] = Field(description="What the preview said about the model.")
    monthly: Amount | None = Field(
        description="Effect on the bill in USD a month; null if no part of it is known."
    )
    monthly_without: tuple[str, ...] = Field(
        description="Prices that monthly leaves out, because the price or its token count is not "
        "known."
    )


class PriceReview(Frozen):
    """What a preview changes in one stack, in money; made by `review`."""

    stack: str = Field(description="The stack, or the label it was given.")
    changes: tuple[ModelChange, ...] = Field(description="Changes, most expensive first.")
    outside: tuple[ModelChange, ...] | None = Field(
        description="Changes made outside of Pulumi, from last known to live; null if not checked."
    )
    unchanged: int = Field(description="Number of unchanged models that the preview lists.")
    not_listed: int = Field(
        description="Number of unchanged resources of any type that the preview leaves out (see "
        "--show-sames)."
    )
    usage_given: bool = Field(description="Whether monthly token counts were given.")
    monthly: Amount | None = Field(
        description="Sum of the monthly effects in USD; null if none is known, if the preview "
        "ended in an error, or if a model is refused."
    )
    monthly_before: Amount | None = Field(
        description="What all models of the stack cost now, in USD a month; null unless the "
        "preview lists all of them, and usage and prices of each are known."
    )
    monthly_after: Amount | None = Field(description="The same after the changes.")
    monthly_percent: Amount | None = Field(
        description="The difference in percent of the cost before; null if that was 0 or is not "
        "known."
    )
    without_usage: tuple[str, ...] = Field(
        description="Models that are created, deleted or change prices, and that the usage does "
        "not list."
    )
    list_prices: bool = Field(description="Whether list prices were looked up.")
    providers: tuple[str, ...] = Field(
        description="What happens to custom providers, in words, without secret values."
    )
    remarks: tuple[str, ...] = Field(
        description="What the preview said about all models: that it skipped checking for existing "
        "ones."
    )
    errors: tuple[str, ...] = Field(
        description="Why the preview ended early; if not empty, changes may be missing."
    )

    @property
    def refused(self) -> tuple[ModelChange, ...]:
        """The models that `pulumi up` would refuse."""
        return tuple(change for change in self.changes if change.action == Action.REFUSED)
