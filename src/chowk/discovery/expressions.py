"""Baskets and pairs as relational expressions, the same on DuckDB and on Spark.

Events flow in; out come the lines of baskets, counts of products and of pairs of products, and the
plain directed scores. Weights are whole millionths, so that their sums are exact in any order of
rows. Sources: Sarwar et al. 2001 (item cosine), Karypis 2001 (conditional probability), Brin et
al. 1997 (lift, there called interest).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chowk.store.relational import relational

if TYPE_CHECKING:
    import ibis

#: A basket's weight of 1, in the unit of the `weight` columns.
UNIT = 1_000_000
_DAY = 86_400


@relational("events")
def basket_lines(events: ibis.Table) -> ibis.Table:
    """The products of each basket: `basket`, `product_id`, `second` (of the purchase, from 1970).

    A basket is an order, or the session of purchases without an order. Fee lines are left out,
    and so is what was given back whole within its order.
    """
    named = events.filter(events.product_id.notnull(), ~events.fee.fill_null(False))
    bought = named.filter(named.kind == "purchase")
    lines = bought.group_by(
        basket=bought.order_id.coalesce(bought.session_id), product_id=bought.product_id
    ).agg(
        # DuckDB would round half seconds up where Spark cuts them off.
        second=bought.ts.truncate("s").epoch_seconds().min().cast("int64"),
        units=bought.quantity.fill_null(1.0).sum(),
    )
    back = named.filter(named.kind == "refund", named.order_id.notnull())
    back = back.group_by(returned_from=back.order_id, returned=back.product_id).agg(
        units_back=back.quantity.fill_null(1.0).sum()
    )
    met = lines.left_join(
        back, [lines.basket == back.returned_from, lines.product_id == back.returned]
    )
    kept = met.filter(met.units_back.isnull() | (met.units_back < met.units))
    return kept.select("basket", "product_id", "second")


@relational("basket_lines", "products")
def catalogue_lines(lines: ibis.Table, products: ibis.Table) -> ibis.Table:
    """The lines whose product stands in the catalogue."""
    return lines.semi_join(products, "product_id")


@relational("basket_lines", now=1_704_067_200, half_life=90.0, power=0.8, largest=5)
def weighted_lines(
    lines: ibis.Table, *, now: int, half_life: float, power: float, largest: int
) -> ibis.Table:
    """The lines of baskets of at most `largest` products, each with its basket's `weight`.

    weight = UNIT * 2^(-age / half_life) * size^(-power), rounded, at least 1; age in whole days
    before `now` (seconds from 1970), size in products. Recent and small baskets say more about a
    pair: of a hundred products in one basket, most pairs are chance.
    """
    import ibis

    sizes = lines.group_by("basket").agg(products=lines.count(), latest=lines.second.max())
    sizes = sizes.filter(sizes.products <= largest)
    age = ((now - sizes.latest) / _DAY).floor().cast("float64")
    decay = ibis.literal(2.0) ** (age * (-1.0 / half_life))
    damping = sizes.products.cast("float64") ** (-power)
    sizes = sizes.select(
        "basket",
        weight=ibis.greatest((UNIT * decay * damping + 0.5).floor().cast("int64"), 1),
    )
    return lines.inner_join(sizes, "basket").select("basket", "product_id", "weight")


@relational("weighted_lines")
def item_counts(lines: ibis.Table) -> ibis.Table:
    """The products in baskets: `item` (a code from 0 in the order of ids), `baskets`, `weight`."""
    import ibis

    counted = lines.group_by("product_id").agg(baskets=lines.count(), weight=lines.weight.sum())
    code = ibis.row_number().over(order_by=counted.product_id).cast("int64")
    return counted.mutate(item=code).select("item", "product_id", "baskets", "weight")


@relational("weighted_lines", "item_counts")
def pair_counts(lines: ibis.Table, items: ibis.Table) -> ibis.Table:
    """The pairs of products in one basket: codes `low` < `high`, `baskets`, summed `weight`."""
    coded = lines.inner_join(items.select("product_id", "item"), "product_id")
    left = coded.select("basket", "weight", low=coded.item)
    right = coded.select(other=coded.basket, high=coded.item)
    pairs = left.inner_join(right, [left.basket == right.other, left.low < right.high])
    return pairs.group_by("low", "high").agg(baskets=pairs.count(), weight=pairs.weight.sum())


@relational("pair_counts", "item_counts", least=1, target_power=0.45)
def directed_pairs(
    pairs: ibis.Table, items: ibis.Table, *, least: int, target_power: float
) -> ibis.Table:
    """Both directions of each pair in at least `least` baskets, with the plain scores.

    With n the counts of baskets and w their weights, of the source s, the target t and the pair:
    `conditional` = n_st / n_s, the share of the source's baskets that hold the target;
    `cosine` = n_st / sqrt(n_s n_t);
    `weighted` = w_st / (w_s^(1 - target_power) w_t^target_power), between the two in direction.
    """
    often = pairs.filter(pairs.baskets >= least)
    there = often.select(source=often.low, target=often.high, baskets="baskets", weight="weight")
    back = often.select(source=often.high, target=often.low, baskets="baskets", weight="weight")
    both = there.union(back)
    s = items.select(source=items.item, n_s=items.baskets, w_s=items.weight)
    t = items.select(target=items.item, n_t=items.baskets, w_t=items.weight)
    met = both.inner_join(s, "source").inner_join(t, "target")
    n_s, n_t = met.n_s.cast("float64"), met.n_t.cast("float64")
    w_s, w_t = met.w_s.cast("float64"), met.w_t.cast("float64")
    return met.select(
        "source",
        "target",
        "baskets",
        "weight",
        conditional=met.baskets / n_s,
        cosine=met.baskets / (n_s * n_t).sqrt(),
        weighted=met.weight / (w_s ** (1.0 - target_power) * w_t**target_power),
    )


@relational("directed_pairs", "item_counts", "weighted_lines", shrinkage=5.0)
def pair_lifts(
    directed: ibis.Table, items: ibis.Table, lines: ibis.Table, *, shrinkage: float
) -> ibis.Table:
    """How many times as often as chance: `lift` = n_st N / (n_s n_t), and the careful `shrunk`.

    `shrunk` = (n_st + shrinkage) / (n_s n_t / N + shrinkage): a pair seen once is no discovery.
    """
    total = lines.agg(total=lines.basket.nunique())
    s = items.select(source=items.item, n_s=items.baskets)
    t = items.select(target=items.item, n_t=items.baskets)
    met = directed.inner_join(s, "source").inner_join(t, "target").cross_join(total)
    chance = met.n_s.cast("float64") * met.n_t / met.total
    return met.select(
        "source",
        "target",
        "baskets",
        lift=met.baskets / chance,
        shrunk=(met.baskets + shrinkage) / (chance + shrinkage),
    )


@relational("pair_counts", "item_counts", most=6)
def heaviest_pairs(pairs: ibis.Table, items: ibis.Table, *, most: int) -> ibis.Table:
    """All pairs between the `most` heaviest products; of equals the smaller code is taken."""
    import ibis

    order = [items.weight.desc(), items.item]
    ranked = items.mutate(rank=ibis.row_number().over(order_by=order))
    heavy = ranked.filter(ranked["rank"] < most)
    low, high = heavy.select(low=heavy.item), heavy.select(high=heavy.item)
    return pairs.semi_join(low, "low").semi_join(high, "high").select("low", "high", "weight")
