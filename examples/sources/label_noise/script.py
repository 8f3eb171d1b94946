"""The episode on label noise: "Signal and Static", a warm host who speaks in stories."""

from __future__ import annotations

from ..common.model import Episode, Results, Segment
from ..common.spoken import percent, points, words


def episode(r: Results) -> Episode:
    """The script with the numbers of the run `r`."""
    cells = r["cells"]
    cosine = cells["cosine"]["0.4"]
    wrong = words(0.4 * r["train"])

    segments = [
        Segment(
            "intro",
            "Hi there, and welcome back to Signal and Static, the show where we look for the one thing "
            "worth remembering in a research paper. I'm Heather. Today's paper is Schedule or Stop, "
            "Learning Rates and Wrong Labels, by Ruth Abernethy-Cole, Kenji Morikawa-Lund, and Paola "
            "Sant'Elia. And honestly, I think you're going to enjoy this one.",
        ),
        Segment(
            "background",
            "So let me tell you a story. Imagine you're learning to read from a teacher who is wrong four "
            "times out of ten. At first you do surprisingly well, because the correct lessons all agree "
            "with each other, while the mistakes point every which way and cancel out. For a while, "
            "you're actually better than your teacher.",
            ("1",),
        ),
        Segment(
            "background",
            "But then you keep studying. You've understood the regular part, so all that is left to learn "
            "is the mistakes. And you start to learn them, one by one, by heart. That's called "
            "memorization, and neural networks do exactly the same thing when some of their training "
            "labels are wrong.",
            ("1",),
        ),
        Segment(
            "problem",
            "Now, there are two habits that might protect us. The first is the learning rate schedule. "
            "The learning rate is simply the size of the steps that a network takes while it learns, and "
            "almost everyone makes those steps smaller over time. The second habit is early stopping, "
            "which means you watch how it does on held-out data and keep the best version. Which of those "
            "two really matters when the labels are bad? That's the question here.",
            ("1",),
        ),
        Segment("transition", "Let's look at how they set this up, because there's a lovely detail in it."),
        Segment(
            "methodology",
            f"They take about {words(round(r['images'], -2))} tiny images of handwritten digits, and train "
            f"a small network on {words(r['train'])} of them. Then they spoil the labels on purpose. "
            f"Either none of them, or twenty percent, or forty percent. At forty percent, that's {wrong} "
            f"wrong labels. And they do it all for four schedules, for {words(r['runs'])} training runs in "
            "total.",
            ("2.1", "2.2", "2.4"),
        ),
        Segment(
            "figure",
            "In figure one we see the four schedules drawn as curves. One is flat. One comes down like "
            "stairs. One slides down smoothly like the side of a hill, that's the cosine. And one does "
            "that slide over and over, jumping back up each time.",
            ("2.3",),
            ("1",),
        ),
        Segment(
            "methodology",
            "And here's the lovely detail. All four have very nearly the same average learning rate. Why "
            "does that matter so much? Because a schedule with a lower average simply learns less, and "
            "when the labels are wrong, learning less looks like wisdom. The authors admit that it fooled "
            "them in their own first version.",
            ("2.3", "4.1"),
        ),
        Segment("transition", "Okay. Deep breath. What did they find?"),
        Segment(
            "key_finding",
            "First, the schedules hardly differ. Even with forty percent of the labels wrong, the best "
            f"and the worst schedule end within {points(r['spread'])} of each other. That's less than the "
            "difference you get from just rolling the dice again with another random seed.",
            ("3.1",),
            (),
            ("1",),
        ),
        Segment(
            "figure",
            "Figure two is the one I'd print out and pin to the wall. It shows the accuracy on new "
            "images, epoch by epoch, with the noisy labels. All the curves shoot up, they peak early, and "
            "then, little by little, they sink. Each one wiggles in its own way, but they all end up in "
            "nearly the same place.",
            ("3.1",),
            ("2",),
        ),
        Segment(
            "key_finding",
            "Which brings us to the second finding. Stopping at the right moment gains "
            f"{points(r['mean_gap'])} on average, no matter which schedule you use. With the cosine "
            f"schedule, for example, the accuracy goes from {percent(cosine['final'])} up to "
            f"{percent(cosine['stopped'])}. And the right moment came after only about "
            f"{words(cosine['stop_epoch'])} of the {words(r['epochs'])} epochs. Isn't that something?",
            ("3.2",),
            ("3",),
            ("1",),
        ),
        Segment(
            "tangent",
            "You know, it reminds me of my grandmother's bread. She never used a timer, and she never "
            "fiddled with the heat of the oven either. She just looked through the little window and knew "
            "when to take it out. Everybody asked about the temperature. Nobody asked about the window.",
        ),
        Segment(
            "problem",
            "But wait a minute. If the training labels are bad, then surely the labels on the held-out "
            "data are bad too. So would you be timing your bread with a broken clock?",
            ("1",),
        ),
        Segment(
            "key_finding",
            "And this is my favorite part. They tried exactly that. With forty percent of the held-out "
            f"labels wrong as well, stopping still gained {points(r['mean_noisy_gap'])}. Almost nothing "
            "was lost! Wrong labels drag down the score of every epoch by about the same amount, so the "
            "whole curve moves down, but the peak stays where it was.",
            ("3.3",),
            (),
            ("2",),
        ),
        Segment(
            "implication",
            "So what does that mean for you? If you don't trust your labels, think about your stopping "
            "rule before you spend a week tuning your schedule. Hold out some data, even if it's messy, "
            "and keep the best epoch. And if somebody tells you that their schedule resists label noise, "
            "gently ask them about its average learning rate.",
            ("4.1",),
        ),
        Segment(
            "limitation",
            "Let's be careful, of course. This is one small network on one small set of digits, with "
            f"{words(r['seeds'])} random seeds. And early stopping isn't free. When the labels were clean, "
            f"it cost {points(r['clean_cost'])}. Real mistakes are also nastier than random ones, because "
            "people tend to mix up things that look alike.",
            ("3.2", "4.2"),
        ),
        Segment(
            "conclusion",
            "So here's the one thing worth remembering. If your teacher is unreliable, it matters less "
            "how gently you learn, and more that you stop in time. I'm Heather, this was Signal and "
            "Static. Be kind to your data, and I'll talk to you soon.",
            ("5",),
        ),
    ]
    return Episode("Signal and Static", "af_heart", "female", "en-us", 1.0, segments)
