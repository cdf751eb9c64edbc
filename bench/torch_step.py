"""Times training steps, or inference, of Isonorm's networks in PyTorch, for `isonorm bench --peers`.

Warms up and prints "ready VERSION PARAMETERS", the last the number it trains; then, for each line on stdin, a number of steps, takes that many
and prints the mean seconds of one. Ends with stdin. Where it cannot, it prints a sentence instead that begins
with "Cannot".

    echo 10 | python3 bench/torch_step.py --depth 20 --width 16 --threads 2 --compile
"""

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

# Read when torch is loaded: what compiles leaves no processes beside the steps that are timed, and compiled inference may fold
# weights that stay as they are.
os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")
os.environ.setdefault("TORCHINDUCTOR_FREEZING", "1")

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ModuleNotFoundError as e:
    sys.exit(
        f"Cannot run torch_step.py: {sys.executable} has no module {e.name}"
        f" ({sys.executable} -m pip install -r bench/requirements.txt)"
    )

VGG_CONVOLUTIONS = {
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}
RESNET_34_BLOCKS = (3, 4, 6, 3)
FAST_MULTIPLES = {94: (1, 4, 4), 95: (1, 3, 3), 96: (1, 3, 4)}
IMAGENET_RESNET_BLOCKS = {18: (2, 2, 2, 2), 34: RESNET_34_BLOCKS, 50: RESNET_34_BLOCKS}


ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky-relu": lambda: nn.LeakyReLU(0.01),
    "prelu": lambda: nn.LeakyReLU(0.25),
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "gelu-tanh": lambda: nn.GELU(approximate="tanh"),
    "silu": nn.SiLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "softplus": nn.Softplus,
    "mish": nn.Mish,
    "hard-swish": nn.Hardswish,
    "hard-tanh": nn.Hardtanh,
    "softsign": nn.Softsign,
    "identity": nn.Identity,
}


def convolution(o, from_channels, channels, kernel, stride=1):
    bias = o.biases == "all"
    return nn.Conv2d(from_channels, channels, kernel, stride, kernel // 2, bias=bias)


def activation(o):
    # In place where it reads what batch normalization made, which nobody else does.
    if o.activation == "relu" and o.normalization == "batch":
        return nn.ReLU(inplace=True)
    return ACTIVATIONS[o.activation]()


def normalized(o, channels):
    return [nn.BatchNorm2d(channels)] if o.normalization == "batch" else []


def activated(o, channels):
    return [*normalized(o, channels), activation(o)]


def classifier(o, features):
    return nn.Linear(features, o.classes, bias=o.biases != "none")


def pooled_classifier(o, channels):
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), classifier(o, channels)]


class SubsamplePad(nn.Module):
    """Every stride-th pixel, new channels zero."""

    def __init__(self, stride, new_channels):
        super().__init__()
        self.stride = stride
        self.new_channels = new_channels

    def forward(self, x):
        if self.stride > 1:
            x = x[:, :, :: self.stride, :: self.stride]
        return functional.pad(x, (0, 0, 0, 0, 0, self.new_channels)) if self.new_channels else x


def shortcut(o, from_channels, channels, stride):
    if stride == 1 and from_channels == channels:
        return nn.Identity()
    if o.shortcut == "a":
        return SubsamplePad(stride, channels - from_channels)
    if o.shortcut == "a+bn":
        return nn.Sequential(
            SubsamplePad(stride, 0),
            *normalized(o, from_channels),
            SubsamplePad(1, channels - from_channels),
        )
    return nn.Sequential(
        convolution(o, from_channels, channels, 1, stride), *normalized(o, channels)
    )


def basic(o, from_channels, width, stride):
    return nn.Sequential(
        convolution(o, from_channels, width, 3, stride),
        *activated(o, width),
        convolution(o, width, width, 3),
        *normalized(o, width),
    )


def bottleneck(o, from_channels, width, stride):
    return nn.Sequential(
        convolution(o, from_channels, width, 1),
        *activated(o, width),
        convolution(o, width, width, 3, stride),
        *activated(o, width),
        convolution(o, width, 4 * width, 1),
        *normalized(o, 4 * width),
    )


class Block(nn.Module):
    def __init__(self, o, branch, from_channels, channels, stride):
        super().__init__()
        self.branch = branch
        self.shortcut = shortcut(o, from_channels, channels, stride)
        self.activation = activation(o)

    def forward(self, x):
        y = self.branch(x)
        y += self.shortcut(x)
        return self.activation(y)


def residual_stages(o, blocks, branch=basic, expansion=1):
    channels = o.width
    layers = []
    for stage, count in enumerate(blocks):
        width = o.width << stage
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            of_block = branch(o, channels, width, stride)
            layers.append(Block(o, of_block, channels, width * expansion, stride))
            channels = width * expansion
    return [*layers, *pooled_classifier(o, channels)]


def resnet(o):
    blocks = RESNET_34_BLOCKS if o.depth == 34 else 3 * ((o.depth - 2) // 6,)
    stem = [convolution(o, o.image_channels, o.width, 3), *activated(o, o.width)]
    return nn.Sequential(*stem, *residual_stages(o, blocks))


def imagenet_resnet(o):
    stem = [convolution(o, o.image_channels, o.width, 7, 2), *activated(o, o.width)]
    blocks = IMAGENET_RESNET_BLOCKS[o.depth]
    deep = (bottleneck, 4) if o.depth >= 50 else ()
    return nn.Sequential(*stem, nn.MaxPool2d(3, 2, 1), *residual_stages(o, blocks, *deep))


def vgg(o):
    channels = o.image_channels
    layers = []
    for count, factor in zip(VGG_CONVOLUTIONS[o.depth], (1, 2, 4, 8, 8)):
        for _ in range(count):
            stage_channels = factor * o.width
            layers += [convolution(o, channels, stage_channels, 3), *activated(o, stage_channels)]
            channels = stage_channels
        layers.append(nn.MaxPool2d(2))
    features = channels * (o.image_height // 32) * (o.image_width // 32)
    return nn.Sequential(*layers, nn.Flatten(), classifier(o, features))


class DenseLayer(nn.Module):
    def __init__(self, o, channels):
        super().__init__()
        growth = o.width
        self.branch = nn.Sequential(
            *activated(o, channels),
            convolution(o, channels, 4 * growth, 1),
            *activated(o, 4 * growth),
            convolution(o, 4 * growth, growth, 3),
        )

    def forward(self, x):
        return torch.cat([x, self.branch(x)], 1)


def densenet(o):
    channels = 2 * o.width
    layers = [convolution(o, o.image_channels, channels, 3)]
    for stage in range(3):
        for _ in range((o.depth - 4) // 6):
            layers.append(DenseLayer(o, channels))
            channels += o.width
        layers += activated(o, channels)
        if stage < 2:
            layers += [convolution(o, channels, channels // 2, 1), nn.AvgPool2d(2)]
            channels //= 2
    return nn.Sequential(*layers, *pooled_classifier(o, channels))


class WideBlock(nn.Module):
    def __init__(self, o, from_channels, channels, stride):
        super().__init__()
        self.raw_shortcut = o.variant == "gradinit"
        strides = (1, stride) if self.raw_shortcut else (stride, 1)
        self.activated = nn.Sequential(*activated(o, from_channels))
        self.branch = nn.Sequential(
            convolution(o, from_channels, channels, 3, strides[0]),
            *activated(o, channels),
            convolution(o, channels, channels, 3, strides[1]),
        )
        self.shortcut = None
        if stride > 1 or from_channels != channels:
            self.shortcut = convolution(o, from_channels, channels, 1, stride)

    def forward(self, x):
        activated = self.activated(x)
        y = self.branch(activated)
        if self.shortcut is not None:
            x = self.shortcut(x if self.raw_shortcut else activated)
        y += x
        return y


def wide_resnet(o):
    channels = o.width
    layers = [convolution(o, o.image_channels, channels, 3)]
    for stage in range(3):
        for block in range((o.depth - 4) // 6):
            stride = 2 if stage > 0 and block == 0 else 1
            stage_channels = o.width * o.widening << stage
            layers.append(WideBlock(o, channels, stage_channels, stride))
            channels = stage_channels
    return nn.Sequential(*layers, *activated(o, channels), *pooled_classifier(o, channels))


def plain(o):
    channels = o.image_channels
    layers = []
    for stage in range(3):
        for _ in range((o.depth + 2 - stage) // 3):
            layers += [convolution(o, channels, o.width, 3), *activated(o, o.width)]
            channels = o.width
        if stage < 2:
            layers.append(nn.AvgPool2d(2))
    return nn.Sequential(*layers, *pooled_classifier(o, channels))


class FastGroup(nn.Module):
    def __init__(self, o, from_channels, channels):
        super().__init__()
        self.first = nn.Sequential(
            convolution(o, from_channels, channels, 3), nn.MaxPool2d(2), *activated(o, channels)
        )
        self.second = nn.Sequential(
            convolution(o, channels, channels, 3), *activated(o, channels)
        )
        self.third = None
        if o.depth == 96:
            self.third = nn.Sequential(
                convolution(o, channels, channels, 3), *normalized(o, channels)
            )
            self.last = activation(o)

    def forward(self, x):
        x = self.first(x)
        y = self.second(x)
        return y if self.third is None else self.last(self.third(y) + x)


def fast(o):
    channels = 8 * o.image_channels
    layers = [nn.Conv2d(o.image_channels, channels, 2), activation(o)]
    for multiple in FAST_MULTIPLES[o.depth]:
        layers.append(FastGroup(o, channels, o.width * multiple))
        channels = o.width * multiple
    features = channels
    for side in (o.image_height, o.image_width):
        features *= (side - 1) // 8 // 3
    return nn.Sequential(*layers, nn.MaxPool2d(3), nn.Flatten(), classifier(o, features))


FAMILIES = {
    "vgg": vgg,
    "resnet": resnet,
    "imagenet-resnet": imagenet_resnet,
    "densenet": densenet,
    "wrn": wide_resnet,
    "plain": plain,
    "fast": fast,
}


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", choices=FAMILIES, default="resnet")
    parser.add_argument("--depth", type=int, default=20)
    parser.add_argument("--width", type=int, default=16, help="of densenet the growth rate")
    parser.add_argument("--widening", type=int, default=1, help="the K of wrn-D-K")
    parser.add_argument("--variant", choices=["standard", "gradinit"], default="standard")
    parser.add_argument("--shortcut", choices=["none", "a", "a+bn", "b"], default="a+bn")
    parser.add_argument("--biases", choices=["none", "classifier", "all"], default="classifier")
    parser.add_argument("--normalization", choices=["batch", "none"], default="batch")
    parser.add_argument("--activation", choices=ACTIVATIONS, default="relu")
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--image-height", type=int, default=32)
    parser.add_argument("--image-width", type=int, default=32)
    parser.add_argument("--image-channels", type=int, default=3)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--learning-rate", type=float, default=0.1)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--weight-decay", type=float, default=1e-4)
    parser.add_argument("--heavy-ball", action="store_true", help="no Nesterov momentum")
    parser.add_argument("--inference", action="store_true", help="forward passes in eval mode")
    parser.add_argument("--compile", action="store_true", help="by torch.compile")
    parser.add_argument("--precision", choices=["float32", "bf16"], default="float32")
    parser.add_argument("--warm-up", type=int, default=10)
    return parser.parse_args()


def optimizer(network, o):
    parameters = list(network.parameters())
    return torch.optim.SGD(
        [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": o.weight_decay},
            {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0},
        ],
        lr=o.learning_rate,
        momentum=o.momentum,
        nesterov=not o.heavy_ball and o.momentum > 0,
    )


def obstacle(o):
    """Why this machine cannot do what was asked for, or nothing."""
    if o.compile and not hasattr(torch, "compile"):
        return "Cannot compile: this PyTorch has no torch.compile (2.0 and later have)"
    compiler = os.environ.get("CXX", "g++")
    if o.compile and shutil.which(compiler) is None:
        return f"Cannot compile: there is no C++ compiler {compiler} (install it, or set CXX)"
    processor = Path("/proc/cpuinfo")
    if o.precision == "bf16" and processor.exists():
        words = processor.read_text().split()
        if not {"avx512_bf16", "amx_bf16", "bf16"} & set(words):
            return "Cannot compute in bf16: this processor has no instructions for it"
    return None


def prepared(o):
    """A network of the options, and what takes a step of it."""
    torch.set_num_threads(o.threads)
    torch.manual_seed(0)
    network = FAMILIES[o.family](o).to(memory_format=torch.channels_last)
    network.train(not o.inference)
    update = optimizer(network, o)
    images = torch.randn(o.batch, o.image_channels, o.image_height, o.image_width)
    images = images.contiguous(memory_format=torch.channels_last)
    labels = torch.randint(o.classes, (o.batch,))
    bfloat16 = o.precision == "bf16"

    def loss_of(images, labels):
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits = network(images)
        return functional.cross_entropy(logits.float(), labels)

    def probabilities_of(images):
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits = network(images)
        return functional.softmax(logits.float(), 1)

    if o.compile:
        loss_of = torch.compile(loss_of)
        probabilities_of = torch.compile(probabilities_of)

    def train():
        update.zero_grad(set_to_none=True)
        loss = loss_of(images, labels)
        loss.backward()
        update.step()
        loss.item()

    def infer():
        # What is compiled takes no_grad for weights that stay.
        with torch.no_grad() if o.compile else torch.inference_mode():
            probabilities_of(images)

    return network, infer if o.inference else train


def main():
    o = options()
    reason = obstacle(o)
    if reason:
        print(reason)
        return

    def run(steps):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        return (time.perf_counter() - start) / steps

    try:
        network, step = prepared(o)
        run(o.warm_up)
    except Exception as e:
        lines = [line for line in str(e).splitlines() if line.strip()]
        message = lines[0].strip() if lines else "no message"
        print(f"Cannot take steps: {type(e).__name__}: {message}")
        sys.exit(1)
    print("ready", torch.__version__, sum(p.numel() for p in network.parameters()), flush=True)
    for line in sys.stdin:
        print(run(int(line)), flush=True)


main()
