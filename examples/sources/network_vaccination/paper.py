"""The paper on vaccination in contact networks."""

from __future__ import annotations

from ..common.model import Chart, Figure, Paper, Results, Series, Table
from .literature import KEY_CONCEPTS, REFERENCES

NAMES = {
    "random": "Random",
    "acquaintance": "Acquaintance",
    "lagged": "Partial survey",
    "degree": "Most contacts",
}


def paper(r: Results) -> Paper:
    """The paper with the numbers of the run `r`."""
    attack, shape, threshold = r["attack"], r["shape"], r["threshold"]
    shares = [f"{c:.2f}" for c in r["coverages"]]

    def pc(value: float, places: int = 0) -> str:
        return f"{100 * value:.{places}f}%"

    def hit(network: str, rule: str, share: str, places: int = 0) -> str:
        return pc(attack[network][rule][share], places)

    def need(network: str, rule: str) -> str:
        value = threshold[network][rule]
        return f"&gt; {100 * max(r['coverages']):.0f}%" if value >= 1.0 else pc(value, 1)

    nobody = {n: sum(attack[n][rule]["0.00"] for rule in NAMES) / len(NAMES) for n in ("hubs", "even")}
    peaks = {k: max(v) for k, v in r["daily"]["hubs"].items()}
    peak_day = r["daily"]["hubs"]["none"].index(peaks["none"])
    doses = round(threshold["hubs"]["degree"] * r["people"])
    rows = [["Rule", "Hubs 10%", "Hubs 20%", "Hubs needed", "Even 10%", "Even 20%", "Even needed"]]
    for rule, name in NAMES.items():
        row = [name]
        for n in ("hubs", "even"):
            row += [hit(n, rule, "0.10", 1), hit(n, rule, "0.20", 1), need(n, rule)]
        rows.append(row)

    def curves(network: str) -> Chart:
        return Chart(
            "Share of people vaccinated",
            "Share ever infected",
            [
                Series(NAMES[rule], [float(s) for s in shares], [attack[network][rule][s] for s in shares])
                for rule in NAMES
            ],
            xticks=[0.0, 0.1, 0.2, 0.3, 0.4, 0.5],
            yticks=[0.0, 0.2, 0.4, 0.6, 0.8],
            percent=True,
        )

    days = [float(d) for d in range(60)]
    daily = [Series("No vaccine", days, r["daily"]["hubs"]["none"])]
    daily += [Series(NAMES[rule], days, r["daily"]["hubs"][rule]) for rule in NAMES]
    return Paper(
        title="Ask for a Friend: Vaccinating Contact Networks With and Without a Map",
        authors=[("Nomvula Castellane", "1"), ("Edwin Farrow-Haas", "2")],
        affiliations=[
            "Unit for Computational Epidemiology, Kestrel Bay Medical School",
            "Department of Applied Mathematics, University of Ostmark",
        ],
        columns=1,
        sans_heads=True,
        running_head="Castellane and Farrow-Haas: Ask for a Friend",
        abstract=f"""When vaccine is scarce, it matters whom we vaccinate. If everybody's contacts were
        known, one could begin with the people who have most of them, but nobody has such a map. We simulate
        {r["epidemics"]:,} epidemics on two networks of {r["people"]:,} people, one with a few extremely
        connected hubs and one in which contacts are spread evenly, under four rules: vaccinate at random,
        vaccinate a random acquaintance of a random person, vaccinate those with most contacts in a survey
        that saw only half of the contacts, and vaccinate those with most contacts in truth. On the network
        with hubs, the outbreak is held below {pc(r["target"])} of the people by vaccinating
        {need("hubs", "degree")} with the full map, {need("hubs", "lagged")} with half of it,
        {need("hubs", "acquaintance")} by asking for a friend, while random vaccination fails even at
        {100 * max(r["coverages"]):.0f}%. On the even network the friend rule helps little. The value of
        knowing the network thus depends on its shape, and rather poor knowledge is nearly as good as
        perfect knowledge where it matters most.""",
        body=f"""
# Introduction

A vaccine protects the person who receives it, and it also protects the people whom that person would have
infected. The second effect is why an epidemic can be stopped without vaccinating everybody. It is also why
it matters who is vaccinated first. A dose given to a hermit saves the hermit. A dose given to a bus driver
may save a town.

If contacts were spread evenly, the order would hardly matter. But the number of contacts varies widely from
person to person, and in many social networks it varies so much that a small minority takes part in a large
share of all contacts. Theory makes a striking prediction for such networks: if the variance of the number
of contacts is large enough, an infection can persist however weakly it is transmitted, and random
vaccination has to reach nearly everybody (Pastor-Satorras and Vespignani, 2001). The same theory says that
vaccinating the best-connected people works with very few doses.

The trouble with the second statement is that nobody knows who they are. A health authority has no map of
who meets whom. Cohen et al. (2003) therefore proposed a rule that needs no map. Choose a person at random,
ask for the name of an acquaintance, and vaccinate the acquaintance. The rule exploits the fact that your
friends have, on average, more friends than you do (Feld, 1991): a person with many contacts is named by
many people.

We compare such rules in simulation, with two questions in mind. How much of the benefit of a complete map
can be had by asking for a friend, or by a survey that misses half of the contacts? And how does the answer
change when the network has no hubs? Both have been studied before, mostly in the limit of very large
networks. We ask them of a finite population of the size of a village or a university, in terms that a
planner could use: how many doses are needed to keep the outbreak small?

# Background

## The friendship paradox

Let a network have people with <i>k</i> contacts in the proportion P(<i>k</i>). A person chosen at random
has &lang;<i>k</i>&rang; contacts on average. A person found by following a random contact is more likely to
be one with many contacts, in proportion to <i>k</i>, and has on average

@eq

contacts. This number is never smaller than &lang;<i>k</i>&rang;, and it is larger by exactly the variance
divided by the mean. In a network in which all have equally many contacts the two are the same, and asking
for a friend is no better than choosing at random. In a network with hubs they differ greatly. The
right-hand side is thus a measure of how much the friend rule has to work with.

## When an outbreak dies out

Suppose that an infected person passes the infection along each contact with probability <i>T</i> before
recovering. A newly infected person, reached through a contact, has about
&lang;<i>k</i><super>2</super>&rang;/&lang;<i>k</i>&rang; &minus; 1 further contacts, and so the outbreak
grows if

@eq

exceeds one (Newman, 2002). Vaccination removes people, and their contacts with them. Random vaccination of
a share <i>c</i> multiplies <i>R</i> by 1 &minus; <i>c</i>. Targeted vaccination does more: it lowers the
average square of the number of contacts, which the hubs dominate.

# Method

## Two networks

Both networks have {r["people"]:,} people and the same mean number of contacts, {shape["hubs"]["mean"]:.1f}.
The <i>hub</i> network grows by preferential attachment (Barabási and Albert, 1999): each newcomer is linked
to three people, who are chosen with a probability in proportion to the contacts that they already have. Its
best-connected person has {shape["hubs"]["max"]:.0f} contacts. The <i>even</i> network places the same
number of contacts at random (Erdős and Rényi, 1959), and nobody has more than {shape["even"]["max"]:.0f}.
The average of Equation 1 is {shape["hubs"]["friend"]:.1f} for the hub network and
{shape["even"]["friend"]:.1f} for the even one.

## Epidemic model

Time proceeds in days. Each day, an infectious person infects each susceptible contact with probability
{r["transmit"]:.2f} and recovers with probability {r["recover"]:.2f}, after which the person is immune. The
mean infectious period is {r["days_infectious"]:.0f} days, and the probability that the infection passes
along a contact at all is <i>T</i> = {r["transmissibility"]:.2f}. Each outbreak starts with {r["seeds"]}
infectious people chosen at random among those not vaccinated, and runs until nobody is infectious.
Vaccination takes place beforehand and protects completely.

## Four rules

<b>Random</b> vaccinates people chosen at random. <b>Acquaintance</b> picks a random person, then one of
this person's contacts at random, and vaccinates the contact, until the doses are used up. <b>Most
contacts</b> ranks all people by their true number of contacts and starts at the top. <b>Partial survey</b>
does the same with a map in which every contact is missing with probability one half. Only the last two
rules need a map, and only the third needs a true one.

We vaccinate between 0% and {100 * max(r["coverages"]):.0f}% of the people and run {r["runs"]} outbreaks for
each combination of rule, coverage and network, {r["epidemics"]:,} in total. The outcome is the <i>attack
rate</i>, the share of all people who are ever infected. We call an outbreak contained if the mean attack
rate is below {pc(r["target"])}, and interpolate between the tested coverages to find how much is
<i>needed</i>.

# Results

## A network with hubs

Without vaccination about {pc(nobody["hubs"])} of the people on the hub network are infected. Figure 1 shows
how the four rules reduce this. Random vaccination lowers the attack rate almost in a straight line: at 20%
coverage {hit("hubs", "random", "0.20")} are still infected, and even at {100 * max(r["coverages"]):.0f}%
the outbreak is not contained.

@fig

Vaccinating the best-connected is another matter. With 5% of the people vaccinated the attack rate is
{hit("hubs", "degree", "0.05")}, and with 10% it is {hit("hubs", "degree", "0.10", 1)}. Containment needs
{need("hubs", "degree")}, or {doses} doses. The rule based on half of the contacts needs
{need("hubs", "lagged")}, hardly more. A person with a hundred contacts is still at the top of the list when
fifty of them have been overlooked.

Asking for a friend needs {need("hubs", "acquaintance")}, which is more than twice as much as with a map,
but it uses no map. At 20% coverage the attack rate is {hit("hubs", "acquaintance", "0.20", 1)} with the
friend rule and {hit("hubs", "random", "0.20", 1)} with random vaccination: the same number of doses, a
tenth of the cases. Table 1 gives the numbers.

@table

Figure 2 shows the course of the epidemic at 10% coverage. Without vaccine the number of infectious people
peaks near day {peak_day} at about {peaks["none"]:.0f}. Random vaccination lowers the peak to
{peaks["random"]:.0f}, and the friend rule to {peaks["acquaintance"]:.0f} and delays it. With either map
there is no peak worth the name; the number of infectious people drifts downward from the beginning.

@fig

## A network without hubs

On the even network the picture changes (Figure 3). All curves lie closer together, and asking for a friend
gains less: containment needs {need("even", "acquaintance")} rather than {need("even", "random")} with
random vaccination. Even the full map needs {need("even", "degree")}, more than twice as much as on the
network with hubs, and half a map is clearly worse than a full one ({need("even", "lagged")}). Where the
numbers of contacts differ little, a survey that misses half of them confuses the ranking.

@fig

There is a second difference. Random vaccination does better on the even network than on the hub network: it
contains the outbreak at {need("even", "random")}, while on the hub network it fails. Without vaccine the
two networks suffer alike ({pc(nobody["even"])} and {pc(nobody["hubs"])}). One cannot tell from the size of
an uncontrolled epidemic how hard it will be to control.

# Discussion

## What a map is worth

The results suggest thinking about knowledge as one thinks about doses. On the hub network, going from no
knowledge to the name of one friend saves more than half of the doses, and going on to half a map saves more
than half of the remainder. The last step, from half a map to a full map, saves next to nothing. The first
steps are cheap. A question at the vaccination centre, or a list of occupations with many contacts, is a
crude map, and our result for the partial survey suggests that a crude map is good enough, provided that
there are hubs to find.

Whether there are is an empirical matter. Contact surveys find that the numbers of contacts are spread more
widely than on our even network and less widely than on our hub network (Mossong et al., 2008). The truth
for respiratory infections is likely to lie between our two cases, whereas networks of sexual contacts may
be closer to the one with hubs.

## Limitations

Our networks have no households, schools or age groups. Real contacts come in clusters, and clusters slow an
epidemic and change the order in which people should be vaccinated. The network does not change during the
outbreak, the vaccine is perfect, and everybody who is asked names a contact truthfully and at random,
whereas people tend to name close friends. The hubs of our model are as infectious in each contact as
everybody else; a person who meets a hundred people may spend less time with each. We used one network of
each kind, so that the numbers describe these two networks and not the whole ensemble. And our goal was to
contain the outbreak. If the goal is to prevent deaths, vaccinating the frail may be better than vaccinating
the sociable.

# Conclusion

Who is vaccinated first can matter more than how many are vaccinated. On a network with hubs, choosing the
best-connected people contains an epidemic with {need("hubs", "degree")} of the people vaccinated, a survey
that misses half of all contacts does nearly as well, and asking a random person for a friend achieves it
with {need("hubs", "acquaintance")} and no map at all. On a network without hubs these advantages shrink. A
planner should therefore first find out how uneven contacts are, and need not wait for a perfect map.
""",
        figures=[
            Figure(
                "Attack rate against coverage on the network with hubs (mean of all outbreaks). Random "
                "vaccination falls slowly; the two rules with a map fall at once; asking for a friend "
                "lies between them.",
                curves("hubs"),
                False,
                190,
            ),
            Figure(
                "Number of infectious people by day on the network with hubs, with 10% of the people "
                "vaccinated (mean of all outbreaks).",
                Chart(
                    "Day",
                    "Infectious people",
                    daily,
                    xticks=[0, 10, 20, 30, 40, 50, 60],
                    markers=False,
                ),
                False,
                180,
            ),
            Figure(
                "Attack rate against coverage on the even network. The four rules lie closer together "
                "than in Figure 1.",
                curves("even"),
                False,
                180,
            ),
        ],
        tables=[
            Table(
                "Attack rates at 10% and 20% coverage, and the coverage needed to keep the attack rate "
                f"below {pc(r['target'])}, on both networks.",
                rows,
            ),
        ],
        equations=[
            "&lang;<i>k</i>&rang;<sub>friend</sub> = &lang;<i>k</i><super>2</super>&rang; / "
            "&lang;<i>k</i>&rang;",
            "<i>R</i> = <i>T</i> (&lang;<i>k</i><super>2</super>&rang; / &lang;<i>k</i>&rang; &minus; 1)",
        ],
        references=REFERENCES,
        key_concepts=KEY_CONCEPTS,
    )
