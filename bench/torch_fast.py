"""The recipes of conf/fast in PyTorch, to compare with: the networks, starts and steps of Jordan 2024 (arXiv 2404.00498), written anew.

Trains on CIFAR-10 (the folder of data_batch_1.bin and so on), a line an epoch, then accuracy without and with test-time augmentation;
`isonorm bench --time-to-accuracy` reads these lines. Seconds are of training: start and evaluations are not in them. A file
validation_batch.bin in the folder, which is not trained on, is evaluated after every epoch:

    python3 bench/torch_fast.py --data data/archives/cifar-10-batches-bin --threads 2

With --parity instead: 20 steps of a small network on numbers that any language can draw, one loss a line, which FastRecipeParityTest compares
with Isonorm's.
"""

import argparse
import sys
import time
from pathlib import Path

try:
    import numpy
    import torch
    from torch import nn
    from torch.nn import functional
except ModuleNotFoundError as e:
    sys.exit(
        f"Cannot run torch_fast.py: {sys.executable} has no module {e.name}"
        f" ({sys.executable} -m pip install -r bench/requirements.txt)"
    )

MEAN = (0.4914, 0.4822, 0.4465)
DEVIATION = (0.2470, 0.2435, 0.2616)

RECIPES = {
    94: {"multiples": (1, 4, 4), "width": 64, "epochs": 10, "rate": 11.5, "decay": 0.0153},
    95: {"multiples": (1, 3, 3), "width": 128, "epochs": 15, "rate": 10.0, "decay": 0.0153},
    96: {"multiples": (1, 3, 4), "width": 128, "epochs": 37, "rate": 9.0, "decay": 0.012},
}
MOMENTUM = 0.85
SHIFT_FACTOR = 64
LOGIT_SCALE = 1 / 9
SMOOTHING = 0.2
WHITENING_BIAS_EPOCHS = 3
PEAK = 0.23
LOOKAHEAD_STEPS = 5
PARITY_WIDTH = 8
PARITY_SIDE = 25
PARITY_BATCH = 16
PARITY_STEPS_PER_EPOCH = 2


def convolution(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)


def normalization(channels):
    layer = nn.BatchNorm2d(channels, eps=1e-12, momentum=0.4)
    layer.weight.requires_grad = False
    return layer


class Group(nn.Module):
    def __init__(self, inputs, channels, residual):
        super().__init__()
        self.conv1 = convolution(inputs, channels)
        self.norm1 = normalization(channels)
        self.conv2 = convolution(channels, channels)
        self.norm2 = normalization(channels)
        self.residual = residual
        if residual:
            self.conv3 = convolution(channels, channels)
            self.norm3 = normalization(channels)

    def forward(self, x):
        first = functional.gelu(self.norm1(functional.max_pool2d(self.conv1(x), 2)))
        second = functional.gelu(self.norm2(self.conv2(first)))
        if not self.residual:
            return second
        return functional.gelu(self.norm3(self.conv3(second)) + first)


class Network(nn.Module):
    def __init__(self, recipe, width):
        super().__init__()
        channels = [24] + [width * multiple for multiple in RECIPES[recipe]["multiples"]]
        self.whitening = nn.Conv2d(3, channels[0], 2)
        self.whitening.weight.requires_grad = False
        self.groups = nn.Sequential(
            *(Group(channels[i], channels[i + 1], recipe == 96) for i in range(3))
        )
        self.classifier = nn.Linear(channels[3], 10, bias=False)

    def forward(self, x):
        x = self.groups(functional.gelu(self.whitening(x)))
        return self.classifier(functional.max_pool2d(x, 3).flatten(1)) * LOGIT_SCALE


def start(network, images):
    """Partial identity; whitening by the patches of the images."""
    with torch.no_grad():
        for group in network.groups:
            for layer in group.children():
                if isinstance(layer, nn.Conv2d):
                    nn.init.dirac_(layer.weight[: layer.in_channels])
        patches = functional.unfold(images, 2).transpose(1, 2).reshape(-1, 12).double()
        values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
        filters = (vectors / (values + 5e-4).sqrt()).T.flip(0).reshape(12, 3, 2, 2)
        network.whitening.weight.copy_(torch.cat([filters, -filters]))
        network.whitening.bias.zero_()


class Training:
    """Steps of the recipe, whatever the batches."""

    def __init__(self, network, recipe, batch, steps_per_epoch, epochs=0, bfloat16=False):
        self.network = network
        self.bfloat16 = bfloat16
        self.steps = steps_per_epoch * (epochs or RECIPES[recipe]["epochs"])
        self.bias_steps = steps_per_epoch * WHITENING_BIAS_EPOCHS
        self.taken = 0
        scale = 1024 * (1 + 1 / (1 - MOMENTUM))
        rate = RECIPES[recipe]["rate"] / scale
        decay = RECIPES[recipe]["decay"] * batch / scale
        trained = [(n, p) for n, p in network.named_parameters() if p.requires_grad]
        shifts = [p for n, p in trained if ".norm" in n]
        others = [p for n, p in trained if ".norm" not in n]
        self.optimizer = torch.optim.SGD(
            [
                {"params": others, "lr": rate, "weight_decay": decay / rate},
                {
                    "params": shifts,
                    "lr": rate * SHIFT_FACTOR,
                    "weight_decay": decay / (rate * SHIFT_FACTOR),
                },
            ],
            lr=rate,
            momentum=MOMENTUM,
            nesterov=True,
        )
        corners = [0, PEAK * self.steps, self.steps]
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: float(numpy.interp(step, corners, [0.2, 1, 0.07]))
        )
        self.slow = [t.clone() for t in self.averaged()]

    def state(self):
        optimizer, schedule = self.optimizer.state_dict(), self.schedule.state_dict()
        return self.taken, self.network.state_dict(), optimizer, schedule, self.slow

    def restore(self, state):
        self.taken, weights, optimizer, schedule, self.slow = state
        self.network.load_state_dict(weights)
        self.optimizer.load_state_dict(optimizer)
        self.schedule.load_state_dict(schedule)

    @torch.no_grad()
    def with_slow_weights(self, measure):
        """What is measured while the network has the slow weights."""
        fast = [t.clone() for t in self.averaged()]
        for own, slow in zip(self.averaged(), self.slow):
            own.copy_(slow)
        measured = measure()
        for own, kept in zip(self.averaged(), fast):
            own.copy_(kept)
        return measured

    def averaged(self):
        return [t for t in self.network.state_dict().values() if t.is_floating_point()]

    def step(self, images, labels):
        self.network.train()
        self.network.whitening.bias.requires_grad = self.taken < self.bias_steps
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            logits = self.network(images)
        loss = functional.cross_entropy(
            logits.float(), labels, label_smoothing=SMOOTHING, reduction="sum"
        )
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        self.taken += 1
        if self.taken % LOOKAHEAD_STEPS == 0:
            self.look_ahead(0.95**5 * (self.taken / self.steps) ** 3)
        if self.taken == self.steps:
            self.look_ahead(1.0)
        return loss.item() / len(images)

    @torch.no_grad()
    def look_ahead(self, decay):
        for slow, fast in zip(self.slow, self.averaged()):
            slow.lerp_(fast, 1 - decay)
            fast.copy_(slow)


def draws(seed, count):
    """A linear congruential generator's numbers in [-1, 1), exact in float32."""
    state = seed
    numbers = []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        numbers.append((state >> 8) / 2**22 - 1)
    return torch.tensor(numbers, dtype=torch.float32)


def parity():
    network = Network(94, PARITY_WIDTH)
    weights = [p for p in network.parameters() if p.dim() > 1]
    with torch.no_grad():
        for seed, weight in enumerate(weights):
            fan_in = weight[0].numel()
            weight.copy_((draws(seed + 1, weight.numel()) / fan_in**0.5).reshape(weight.shape))
        network.whitening.bias.zero_()
    training = Training(network, 94, PARITY_BATCH, PARITY_STEPS_PER_EPOCH)
    for step in range(training.steps):
        number = step % PARITY_STEPS_PER_EPOCH
        numbers = draws(1000 + number, PARITY_BATCH * PARITY_SIDE * PARITY_SIDE * 3)
        images = numbers.reshape(PARITY_BATCH, PARITY_SIDE, PARITY_SIDE, 3).permute(0, 3, 1, 2)
        labels = torch.tensor([(number * PARITY_BATCH + i) * 7 % 10 for i in range(PARITY_BATCH)])
        print(f"{training.step(images, labels):.7f}")


def read(files, o):
    records = numpy.concatenate([numpy.fromfile(f, numpy.uint8).reshape(-1, 3073) for f in files])
    images = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).copy()).float() / 255
    mean = torch.tensor(o.mean).reshape(1, 3, 1, 1)
    deviation = torch.tensor(o.deviation).reshape(1, 3, 1, 1)
    return (images - mean) / deviation, torch.from_numpy(records[:, 0].astype(numpy.int64))


def crops(images, padding):
    padded = functional.pad(images, (padding,) * 4, "reflect")
    tops, lefts = torch.randint(2 * padding + 1, (2, len(images)))
    return torch.stack(
        [p[:, t : t + 32, x : x + 32] for p, t, x in zip(padded, tops.tolist(), lefts.tolist())]
    )


def cut_out(images, side):
    tops, lefts = torch.randint(32 - side + 1, (2, len(images)))
    for image, top, left in zip(images, tops.tolist(), lefts.tolist()):
        image[:, top : top + side, left : left + side] = 0


@torch.no_grad()
def logits(network, images):
    """Of the images alone, and with the six views of test-time augmentation."""
    network.eval()

    def mirrored(x):
        return (network(x) + network(x.flip(-1))) / 2

    padded = functional.pad(images, (1,) * 4, "reflect")
    moved = (mirrored(padded[:, :, :32, :32]) + mirrored(padded[:, :, 2:, 2:])) / 2
    return network(images), (mirrored(images) + moved) / 2


@torch.no_grad()
def accuracy(network, images, labels):
    """Of the images alone."""
    network.eval()
    right = 0
    for part, truth in zip(images.split(500), labels.split(500)):
        part = part.contiguous(memory_format=torch.channels_last)
        right += (network(part).argmax(1) == truth).sum().item()
    return right / len(images)


def evaluate(network, images, labels):
    right = torch.zeros(2)
    for part, truth in zip(images.split(500), labels.split(500)):
        part = part.contiguous(memory_format=torch.channels_last)
        for i, values in enumerate(logits(network, part)):
            right[i] += (values.argmax(1) == truth).sum()
    return (right / len(images)).tolist()


def train(o, seed):
    torch.manual_seed(seed)
    folder = Path(o.data)
    images, labels = read(sorted(folder.glob("data_batch_*.bin")), o)
    images, labels = images[: o.examples], labels[: o.examples]
    held_out = folder / "validation_batch.bin"
    validation = read([held_out], o) if held_out.exists() else None
    network = Network(o.recipe, o.width or RECIPES[o.recipe]["width"])
    start(network, images[:5000])
    network = network.to(memory_format=torch.channels_last)
    batches = -(-len(images) // o.batch)
    epochs = o.epochs or RECIPES[o.recipe]["epochs"]
    training = Training(network, o.recipe, o.batch, batches, epochs, o.precision == "bf16")
    seconds = 0
    began = time.perf_counter()
    flipped = torch.rand(len(images)) < 0.5
    images = torch.where(flipped.reshape(-1, 1, 1, 1), images.flip(-1), images)
    done = 0
    of = f"-width-{o.width}" if o.width else ""
    kept = Path(o.checkpoints) / f"fast-{o.recipe}{of}-seed-{seed}.pt" if o.checkpoints else None
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
    if kept and kept.exists():
        done, seconds, generator, state = torch.load(kept)
        torch.set_rng_state(generator)
        training.restore(state)
    for epoch in range(done, epochs):
        losses = []
        for rows in torch.randperm(len(images)).split(o.batch):
            batch = crops(images[rows], 4 if o.recipe == 96 else 2)
            if epoch % 2 == 1:
                batch = batch.flip(-1)
            if o.recipe == 96:
                cut_out(batch, 12)
            batch = batch.contiguous(memory_format=torch.channels_last)
            losses.append(training.step(batch, labels[rows]))
        seconds += time.perf_counter() - began
        line = f"epoch {epoch + 1} loss {sum(losses) / len(losses):.4f} seconds {seconds:.3f}"
        if validation:
            seen = training.with_slow_weights(lambda: accuracy(network, *validation))
            line += f" validation {seen:.4f}"
        print(line, flush=True)
        if kept:
            beside = kept.with_suffix(".new")
            torch.save((epoch + 1, seconds, torch.get_rng_state(), training.state()), beside)
            beside.replace(kept)
        began = time.perf_counter()
    plain, augmented = evaluate(network, *read([folder / "test_batch.bin"], o))
    print(f"seed {seed} accuracy {plain:.4f} augmented {augmented:.4f} seconds {seconds:.3f}")


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parity", action="store_true")
    parser.add_argument("--data", help="folder of CIFAR-10's binary batches")
    parser.add_argument("--recipe", type=int, choices=RECIPES, default=94)
    parser.add_argument("--width", type=int, default=0, help="channels of the first group, other than the recipe's")
    parser.add_argument("--precision", choices=["float32", "bf16"], default="float32")
    parser.add_argument("--batch", type=int, default=1024)
    parser.add_argument("--examples", type=int, default=50_000)
    parser.add_argument("--epochs", type=int, default=0, help="other than the recipe's, its schedule in proportion")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--checkpoints", help="folder for a file a seed, kept after every epoch, from which the same command goes on")
    parser.add_argument("--mean", type=float, nargs=3, default=MEAN)
    parser.add_argument("--deviation", type=float, nargs=3, default=DEVIATION)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main():
    o = options()
    torch.set_num_threads(o.threads)
    if o.parity:
        parity()
        return
    for seed in range(o.first_seed, o.first_seed + o.seeds):
        train(o, seed)


main()
