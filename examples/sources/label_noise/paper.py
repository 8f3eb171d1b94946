"""The paper on learning-rate schedules and wrong labels."""

from __future__ import annotations

from ..common.model import Chart, Figure, Paper, Results, Series, Table
from .literature import KEY_CONCEPTS, REFERENCES

NAMES = {"constant": "Constant", "step": "Step", "cosine": "Cosine", "cyclic": "Cyclic"}


def paper(r: Results) -> Paper:
    """The paper with the numbers of the run `r`."""
    cells = r["cells"]

    def pc(value: float, places: int = 1) -> str:
        return f"{100 * value:.{places}f}%"

    def at(schedule: str, noise: str, key: str) -> str:
        return pc(cells[schedule][noise][key])

    def points(value: float) -> str:
        return f"{100 * value:.1f}"

    epochs = [float(e) for e in range(1, r["epochs"] + 1)]
    peak = {s: max(cells[s]["0.4"]["curve"]) for s in NAMES}
    when = {s: cells[s]["0.4"]["curve"].index(peak[s]) + 1 for s in NAMES}
    finals = {s: cells[s]["0.4"]["final"] for s in NAMES}
    best, worst = max(finals, key=lambda s: finals[s]), min(finals, key=lambda s: finals[s])
    rows = [
        [
            "Schedule",
            "0%<br/>last",
            "0%<br/>stop",
            "20%<br/>last",
            "20%<br/>stop",
            "40%<br/>last",
            "40%<br/>stop",
        ]
    ]
    for s, name in NAMES.items():
        row = [name]
        for noise in ("0.0", "0.2", "0.4"):
            row += [at(s, noise, "final"), at(s, noise, "stopped")]
        rows.append(row)
    memory = [["Schedule", "Clean stop", "Noisy stop", "Memorised"]]
    memory += [
        [NAMES[s], at(s, "0.4", "stopped"), at(s, "0.4", "stopped_noisy"), at(s, "0.4", "memorised")]
        for s in NAMES
    ]
    wrong = round(0.4 * r["train"])
    progress = [i / 100 for i in range(100)]
    return Paper(
        title="Schedule or Stop? Learning Rates and Wrong Labels",
        authors=[("Ruth Abernethy-Cole", "1"), ("Kenji Morikawa-Lund", "1"), ("Paola Sant'Elia", "2")],
        affiliations=[
            "Centre for Statistical Learning, Port Calder University",
            "School of Data Science, Università di Montelupo Nuovo",
        ],
        columns=2,
        letter=True,
        running_head="Abernethy-Cole, Morikawa-Lund and Sant'Elia",
        abstract=f"""When some training labels are wrong, a network that is trained for long begins to
        memorise them, and its accuracy on new data falls. Two habits might protect us: lowering the
        learning rate by a schedule, and stopping early. We compare four schedules of equal average rate on
        a small digit-recognition task with 0%, 20% and 40% of the labels corrupted, over {r["runs"]}
        training runs. At 40% noise the best and the worst schedule end within {points(r["spread"])}
        percentage points of each other, whereas stopping at the right epoch gains {points(r["mean_gap"])}
        points on average, whatever the schedule. The validation set that decides when to stop need not be
        clean: with the same 40% of wrong labels in it, stopping still gains {points(r["mean_noisy_gap"])}
        points. On clean labels early stopping costs {points(r["clean_cost"])} points. In this setting,
        then, the question of when to stop mattered more than the question of how to slow down.""",
        body=f"""
# Introduction

Labels are written by people, by sensors and by other programs, and all three make mistakes. Even the test
sets by which the field measures its progress contain errors of a few per cent [1], and data collected from
the web contains many more. A model trained on such data faces a curious danger. It is flexible enough to
learn the wrong labels as well. Networks of ordinary size can fit labels that are entirely random [2], so
nothing in the model itself prevents it from learning every mistake by heart.

It does not do so at once. Several studies have found that networks learn the regular part of the data first
and the exceptions later [3]. In the first epochs the correct labels agree with each other and pull in one
direction, while the wrong ones disagree and cancel. Only when the correct examples have been fitted, and no
longer produce a large gradient, do the wrong ones get their turn. For a while, then, the network is
<i>better</i> than its teacher; later it becomes as bad.

Two common habits bear on this. One is the <i>learning-rate schedule</i>: almost every practitioner lowers
the step size during training, by sudden drops, along a cosine, or in repeated cycles [4, 5]. A small step
size late in training might keep the network from moving towards the wrong labels. The other habit is
<i>early stopping</i>: one watches the accuracy on held-out data and keeps the parameters of the best epoch
[6]. It is known in theory that stopping early protects against wrong labels [7].

Which of the two matters more? The question is of practical interest, because schedules receive a great deal
of attention and tuning, while early stopping is often left at its default or dropped. There is also a
catch. Early stopping needs held-out data, and if the training labels are bad, the held-out labels are
probably bad too. We therefore ask three questions. How much does the choice of schedule matter as label
noise grows? How much does stopping gain? And does stopping still work when the validation labels are as
unreliable as the training labels?

# Setting

## Data and noise

We use the handwritten digits distributed with scikit-learn [8]: {r["images"]:,} images of 8 by 8 pixels in
{r["classes"]} classes. In each run they are shuffled and split into {r["train"]} for training, {r["valid"]}
for validation and {r["test"]} for testing. A share of 0%, 20% or 40% of the training labels is then
replaced, each by a different class chosen uniformly at random. At 40% this makes {wrong} wrong labels of
{r["train"]}. The test labels are never touched.

## Network and training

The network has one hidden layer of {r["hidden"]} rectified linear units and a softmax output. It is trained
by stochastic gradient descent with momentum {r["momentum"]} on mini-batches of {r["batch"]} images for
{r["epochs"]} epochs. With learning rate &eta;<sub><i>t</i></sub> at step <i>t</i>, the velocity and the
weights change by

@eq

where <i>g<sub>t</sub></i> is the gradient of the mean cross-entropy and &mu; the momentum. The factor (1
&minus; &mu;) makes the velocity an average of past gradients, so that the learning rate keeps its meaning
when the momentum changes.

## Schedules

Figure 1 shows the four schedules. <i>Step</i> begins at {r["peak_rate"]} and divides the rate by ten at one
half and at three quarters of training. <i>Cosine</i> falls smoothly from {r["peak_rate"]} to zero,

@eq

with <i>p</i> the share of training that has passed. <i>Cyclic</i> repeats the same curve {r["cycles"]}
times, with a jump back to the top in between, after the warm restarts of Loshchilov and Hutter [4].
<i>Constant</i> stays at {r["constant_rate"]:.3f}. The levels are chosen so that the average rates are equal
or nearly so ({r["mean_rate"]["constant"]:.3f} for constant, {r["mean_rate"]["step"]:.3f} for step). This
matters: a schedule with a lower average simply trains less, and with noisy labels training less looks like
wisdom.

@fig

## Measures

After each epoch we record the accuracy on the test set, on the validation set with correct labels, and on
the same validation set corrupted at the rate of the training set. From these we read three results for each
run: the test accuracy of the <i>last</i> epoch; that of the epoch which is best on the clean validation
set, the <i>clean stop</i>; and that of the epoch which is best on the corrupted validation set, the
<i>noisy stop</i>. We also record how many of the wrong training labels the network reproduces, its
<i>memorised</i> share. A network that ignored the wrong labels altogether would reproduce almost none of
them. Each combination is run with {r["seeds"]} seeds, which fix the split, the noise and the initial
weights and are shared by all schedules. This gives {r["runs"]} runs in all.

# Results

## Schedules hardly differ

Table 1 lists the accuracies. Without noise all schedules end between
{pc(min(cells[s]["0.0"]["final"] for s in NAMES))} and {pc(max(cells[s]["0.0"]["final"] for s in NAMES))};
one could draw lots. With 20% of the labels wrong they end between
{pc(min(cells[s]["0.2"]["final"] for s in NAMES))} and {pc(max(cells[s]["0.2"]["final"] for s in NAMES))}.
With 40% wrong the {NAMES[best].lower()} schedule is best at {pc(finals[best])} and the
{NAMES[worst].lower()} schedule worst at {pc(finals[worst])}. Their difference of {points(r["spread"])}
points is smaller than the standard deviation between seeds, which is
{points(cells["constant"]["0.4"]["final_sd"])} points for the constant schedule.

@table

The curves of Figure 2 show that the schedules do shape the path of training. The step schedule loses
accuracy quickly while its rate is high, then recovers at the first drop, since small steps average away the
jitter of the large ones. The cyclic schedule rises and falls with its cycles. But the paths lead to nearly
the same place. They also begin at the same place: under every schedule the accuracy passes through a
maximum between epoch {min(when.values())} and epoch {max(when.values())}, at {pc(min(peak.values()))} to
{pc(max(peak.values()))}, and then declines.

@fig

## Stopping gains more

The decline is the price of training on. At 40% noise, taking the epoch of the clean stop instead of the
last one gains {points(r["mean_gap"])} points averaged over the schedules: from
{at("constant", "0.4", "final")} to {at("constant", "0.4", "stopped")} for constant, and from
{at("cosine", "0.4", "final")} to {at("cosine", "0.4", "stopped")} for cosine. Figure 3 sets the two effects
side by side. The bars of one colour differ little among themselves, and the two colours differ a good deal.
On average the stop comes after {cells["cosine"]["0.4"]["stop_epoch"]:.0f} epochs under the cosine schedule
and {cells["cyclic"]["0.4"]["stop_epoch"]:.0f} under the cyclic one, so most of the training budget could
have been saved.

@fig

What happens after the peak is, at least in part, memorisation. By the last epoch the networks reproduce
{pc(r["mean_memorised"])} of the wrong labels. This may seem a small share. But an image that is near a
memorised one in the input space inherits part of its error, and {r["mean_memorised"] * wrong:.0f} memorised
mistakes are enough to cost three points.

Early stopping is not free. With clean labels it picks an epoch that happened to be lucky on {r["valid"]}
validation images, and the average loss against the last epoch is {points(r["clean_cost"])} points. At 20%
noise gain and loss nearly cancel, and stopping gains between
{points(min(cells[s]["0.2"]["gap"] for s in NAMES))} and
{points(max(cells[s]["0.2"]["gap"] for s in NAMES))} points. The more noise there is, the more a stop is
worth.

## The stopwatch may be noisy too

Table 2 answers the last question. If the validation labels are corrupted at the same rate of 40%, the gain
of stopping falls from {points(r["mean_gap"])} to {points(r["mean_noisy_gap"])} points on average. For two
of the four schedules the noisy stop is as good as the clean one or better, which only means that the
difference is within the noise of the experiment.

@table

The reason is simple. Wrong validation labels lower the measured accuracy of every epoch by about the same
amount, because a network has no way to guess labels that it has not seen. The measured curve is moved down,
and its maximum stays roughly where it was. What suffers is only precision, since fewer of the {r["valid"]}
images carry information.

# Discussion

## What to take from this

For a practitioner with doubtful labels the advice is to worry about the stopping rule first. Any sensible
schedule will do. Hold out some data, even if its labels are no better than the rest, and keep the best
epoch. If the labels are known to be clean, train to the end.

The comparison also shows how a schedule can be credited with something that it did not do. In a first
version of this experiment the constant rate was half as large as the average of the others, and it seemed
to resist noise better than any schedule. It did so by training less. Only when the averages were made equal
did the advantage vanish. Studies that compare schedules on noisy data should report the average rate, or
they risk rediscovering early stopping under another name.

## Limitations

One small network on one small set of images is a narrow basis. Large networks memorise far more of their
wrong labels, so that both effects may grow, and not necessarily in proportion. Our noise is uniform; real
annotators confuse similar classes, which does more harm, and massive uniform noise is known to be
comparatively benign [9]. We used no weight decay, no augmentation and no robust loss, each of which would
reduce memorisation. With {r["seeds"]} seeds we can rule out large differences between schedules but not
small ones.

# Conclusion

On a small digit task with up to 40% wrong labels, four learning-rate schedules of equal average rate ended
within {points(r["spread"])} points of each other. Choosing the right epoch to stop was worth
{points(r["mean_gap"])} points, and nearly as much when the validation labels were as bad as the training
labels. If the teacher is unreliable, it is less important how gently one learns than that one stops in
time.
""",
        figures=[
            Figure(
                "The four learning-rate schedules. Their average rates are equal, or nearly so for the "
                "step schedule.",
                Chart(
                    "Share of training",
                    "Learning rate",
                    [Series(NAMES[s], progress, r["schedule_curves"][s]) for s in NAMES],
                    xticks=[0, 0.25, 0.5, 0.75, 1.0],
                    yticks=[0, 0.1, 0.2, 0.3, 0.4],
                    markers=False,
                ),
                True,
                150,
            ),
            Figure(
                "Test accuracy by epoch with 40% of the training labels wrong (mean of all seeds). Every "
                "schedule peaks early and then declines. The first three epochs are not shown.",
                Chart(
                    "Epoch",
                    "Test accuracy",
                    [Series(NAMES[s], epochs[3:], cells[s]["0.4"]["curve"][3:]) for s in NAMES],
                    xticks=[0, 10, 20, 30, 40, 50, 60],
                    yticks=[0.82, 0.84, 0.86, 0.88, 0.90, 0.92],
                    percent=True,
                    markers=False,
                ),
                True,
                170,
            ),
            Figure(
                "Test accuracy at 40% noise at the last epoch and at the clean stop. The axis begins at 80%.",
                Chart(
                    "Schedule",
                    "Test accuracy",
                    [
                        Series("Last epoch", [], [cells[s]["0.4"]["final"] for s in NAMES]),
                        Series("Clean stop", [], [cells[s]["0.4"]["stopped"] for s in NAMES]),
                    ],
                    kind="bar",
                    categories=list(NAMES.values()),
                    yticks=[0.80, 0.84, 0.88, 0.92],
                    percent=True,
                ),
                True,
                150,
            ),
        ],
        tables=[
            Table(
                "Test accuracy by share of wrong labels, at the last epoch and at the clean stop (mean of "
                "all seeds).",
                rows,
                (0.22, *[0.13] * 6),
            ),
            Table(
                "At 40% noise: test accuracy when the stop is chosen by clean and by noisy validation "
                "labels, and the share of wrong training labels reproduced at the last epoch.",
                memory,
            ),
        ],
        equations=[
            "<i>v<sub>t</sub></i> = &mu;<i>v<sub>t</sub></i><sub>&minus;1</sub> &minus; (1 &minus; &mu;) "
            "&eta;<sub><i>t</i></sub> <i>g<sub>t</sub></i>, &nbsp; &Delta;<i>w</i> = <i>v<sub>t</sub></i>",
            "&eta;(<i>p</i>) = &frac12; &eta;<sub>max</sub> (1 + cos &pi;<i>p</i>)",
        ],
        references=REFERENCES,
        key_concepts=KEY_CONCEPTS,
    )
