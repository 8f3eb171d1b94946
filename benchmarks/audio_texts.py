"""Texts on which the lengths of voices are fitted, beside the sentences of fit_durations.py: written for it."""

from __future__ import annotations

__all__ = ["TECHNICAL", "TURNS"]

TECHNICAL = (
    "The hardware is unremarkable. They used eight A100 GPUs with 80 GB each, two CPUs and an NVMe disk, and the whole "
    "run took 41 hours. On a single RTX 4090 the same run needs about nine days.",
    "MiniLoRA is a variant of LoRA. LoRA adds low-rank matrices to every layer of an LLM; MiniLoRA shares them between "
    "layers, so that a model with 7 billion parameters trains only 1.3 million of them.",
    "On GLUE the difference is 0.4 points, on SQuAD it is 0.2, and on MMLU there is none. The p-value for MMLU is "
    "0.62, so nobody should read anything into it.",
    "What about RNNs and CNNs? The RNN lags behind by 12%, the CNN by 9%, and the hybrid, which the authors call "
    "ConvFormer, by 3%. Its cost in FLOPs is lower by a factor of 2.5.",
    "Quantization to INT8 halves the memory. FP8 would do better on an H100, but the kernels were written in CUDA 11, "
    "which does not support it. The PyTorch version falls back to BF16.",
    "Mathematically, the regularization term penalizes the Frobenius norm of the Jacobian. Intuitively, it discourages "
    "representations that change abruptly when the input changes imperceptibly.",
    "The dataset was assembled between 2011 and 2019 in Portugal, Norway and South Korea. It contains 14,250 annotated "
    "radiographs, of which 3,118 show a fracture of the wrist.",
    "Cardiovascular outcomes were adjudicated independently by three cardiologists. Hospitalization for heart failure "
    "occurred in 4.7% of the participants, compared with 6.1% under placebo.",
    "Photosynthesis converts roughly one percent of the incoming sunlight. The engineered chloroplasts reach 1.6 "
    "percent, which sounds negligible but corresponds to sixty percent more carbohydrates.",
    "An API call costs 0.002 dollars. With 50,000 users and 20 calls a day, that is 2,000 dollars, every day, "
    "including Sundays. An on-premise server with vLLM pays for itself after eleven weeks.",
    "The TCP handshake takes one round trip, TLS 1.3 takes another, and HTTP/3 over QUIC merges the two. Over a "
    "satellite link with a latency of 600 ms, the DNS lookup alone becomes noticeable.",
    "Heterogeneous catalysis, electrochemical impedance spectroscopy and computational fluid dynamics appear in one "
    "paragraph. Fortunately, the supplementary material explains the experimental apparatus thoroughly.",
    "The SQL planner estimates cardinalities independently for each column. Correlated attributes, such as city and "
    "postcode, therefore produce underestimates of several orders of magnitude. PostgreSQL offers extended statistics.",
    "The protocol has three phases: initialization, dissemination and reconciliation. During dissemination each node "
    "contacts exactly four neighbors, chosen uniformly at random, without any central coordinator.",
)

TURNS = (
    "So, wait. You threw away the labels? All of them? Yes, all of them! And it worked? It did. Not at first, not "
    "quickly, but it did.",
    "Right. Exactly. And that's the part I keep coming back to: nobody planned it. They fixed a bug, ran the thing "
    "again, and there it was.",
    "Okay, let's slow down. What is a gradient? Think of a hill in thick fog. You can't see the valley, but you can "
    "feel which way the ground slopes. You take a step. You feel again. That's all it is.",
    "Hmm, I'm not convinced. If I give you more time, of course you'll do better. Who wouldn't? Show me that you do "
    "better in the same time. Fair enough, and they do show that, in the appendix.",
    "Oh, absolutely. My favorite moment? The baseline wins. Seriously! On the smallest data set the baseline, a method "
    "from 1997, beats everything, and they print it in bold.",
    "Let me guess: it needs a cluster. Nope. A laptop? A laptop, an evening, and some patience.",
    "And what would you tell a student who starts today? Read the old papers. Run the old code. Then change one thing, "
    "just one, and write down what you expect before you look.",
    "That was a lot. Let's recap. One, the cache is full of things that nobody will ask for. Two, you can tell which. "
    "Three, telling costs less than keeping. If you remember only one of these, make it the second.",
    "Well, this is where it gets a little weird. They trained it on chess, and only on chess, and afterwards it was "
    "better at Go. How? Nobody really knows. I'd love to tell you that I do, but I don't.",
    "Anyway, that's our show. If you enjoyed it, tell a friend. If you didn't, tell us. See you next week, and take "
    "care of yourselves.",
)
