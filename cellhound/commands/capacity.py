"""``capacity``: what an installation of a given size needs."""

from pathlib import Path

import click

from cellhound.options import FILE, config_checked


@click.command()
@click.option("--subscribers", type=click.FloatRange(min=1.0), help="How many there are.")
@click.option(
    "--set", "given", multiple=True, metavar="NAME=VALUE", help="A figure of your own; --names."
)
@click.option("--names", is_flag=True, help="List what can be set, and end.")
@click.option("--costs", type=FILE, help="Costs measured on your machines (TOML).")
@click.option("--json", "as_object", is_flag=True, help="Print one JSON object.")
@config_checked
def capacity(
    subscribers: float | None,
    given: tuple[str, ...],
    names: bool,
    costs: Path | None,
    as_object: bool,
) -> None:
    """What so many subscribers need: cores, partitions, memory, network, and what gives way first.

    Worked out from costs that were measured (docs/scale.md) and from rates that are assumed: put
    your own in their place.
    """
    from streams.capacity import demand, shown
    from streams.capacity.costs import SHIPPED, read_costs

    if names:
        click.echo("\n".join(demand.names()))
        return
    if subscribers is not None:
        given = (*given, f"subscribers={subscribers}")
    asked = demand.demand(given)
    show = shown.as_json if as_object else shown.as_text
    click.echo(show(asked, read_costs(costs or SHIPPED)))
