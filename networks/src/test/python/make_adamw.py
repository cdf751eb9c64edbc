#!/usr/bin/env python3
"""Makes adamw.csv of AdamWTest with PyTorch's own AdamW (2.x, float64).

    python3 networks/src/test/python/make_adamw.py > networks/src/test/resources/org/isonorm/network/kernel/adamw.csv

A row holds the settings of a step, its gradient, and the weights after it; step 0 holds the weights before the first one. Gradients are
drawn by a linear congruential generator as multiples of 2^-15, which float32 holds as they are.
"""

import torch

CASES = [
    # beta1, beta2, epsilon, weight decay
    (0.9, 0.999, 1e-8, 0.01),
    (0.8, 0.95, 1e-6, 0.1),
    (0.0, 0.5, 1e-3, 0.0),
]
RATES = [1e-3, 1e-2, 5e-2, 1e-3, 2e-1, 1e-2, 1e-3]
START = [1.0, -2.0, 0.25]
COLUMNS = ["beta1", "beta2", "epsilon", "weightDecay", "step", "learningRate"]
COLUMNS += [f"{kind}{i}" for kind in ("gradient", "weight") for i in range(len(START))]


def draw(count, state):
    values = []
    for _ in range(count):
        state = (1103515245 * state + 12345) % 2**31
        values.append((state >> 15) / 2**15 - 1)
    return values, state


print(",".join(COLUMNS))
state = 7
for beta1, beta2, epsilon, weight_decay in CASES:
    weights = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.AdamW(
        [weights], lr=RATES[0], betas=(beta1, beta2), eps=epsilon, weight_decay=weight_decay
    )
    settings = [beta1, beta2, epsilon, weight_decay]
    print(",".join(map(repr, settings + [0, 0.0] + [0.0] * len(START) + START)))
    for step, rate in enumerate(RATES, start=1):
        gradient, state = draw(len(START), state)
        optimizer.param_groups[0]["lr"] = rate
        weights.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        print(",".join(map(repr, settings + [step, rate] + gradient + weights.tolist())))
