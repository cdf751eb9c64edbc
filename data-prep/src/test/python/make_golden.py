#!/usr/bin/env python3
"""Makes the golden files of ImageOperationsTest and ResamplingTest with Pillow, from drawn images.

    /usr/bin/python3 data-prep/src/test/python/make_golden.py data-prep/src/test/resources/org/isonorm/data

Writes, for every size, operations-WxH.png, a row of the images for each operation, the first row the images themselves, and
operations-WxH.csv, which names the rows: operation, magnitude 0 to 9, sign. resized.png holds one image at several sizes.
With torchvision installed and --jitter, jitter-19x13.png and .csv alone, likewise for the changes of its ColorJitter.
"""

import random
import sys
from pathlib import Path

from PIL import Image, ImageEnhance, ImageOps

FILL = (128, 128, 128)


def drawn_images(width, height):
    """A colour gradient, noise, a dull picture of few levels, and one with a constant channel."""
    rng = random.Random(2022)

    def image(pixel):
        result = Image.new("RGB", (width, height))
        result.putdata([pixel(x, y) for y in range(height) for x in range(width)])
        return result

    return [
        image(lambda x, y: (255 * x // (width - 1), 255 * y // (height - 1), 128 + 64 * ((x // 3 + y // 5) % 2))),
        image(lambda x, y: tuple(17 * rng.randrange(16) for _ in range(3))),
        image(lambda x, y: (90 + (x * y) % 17, 100 + (x + 2 * y) % 40, 60 + rng.randrange(4) * 12)),
        image(lambda x, y: (200, min(255, (x - width // 2) ** 2 + (y - height // 2) ** 2), 255 * ((x ^ y) & 1))),
    ]


def operations(width, height):
    """Every operation by name, a function of an image and a signed magnitude in units of ninths."""

    def affine(matrix):
        return lambda image: image.transform(image.size, Image.AFFINE, matrix, fillcolor=FILL)

    def enhance(kind):
        return lambda i, sign: lambda image: kind(image).enhance(1 + sign * 0.1 * i)

    shift = 150 / 331 / 9
    return {
        "SHEAR_Y": lambda i, sign: affine((1, 0, 0, sign * 0.3 * i / 9, 1, 0)),
        "TRANSLATE_X": lambda i, sign: affine((1, 0, sign * shift * i * width, 0, 1, 0)),
        "TRANSLATE_Y": lambda i, sign: affine((1, 0, 0, 0, 1, sign * shift * i * height)),
        "ROTATE": lambda i, sign: lambda image: image.rotate(sign * 30 * i / 9, fillcolor=FILL),
        "AUTO_CONTRAST": lambda i, sign: ImageOps.autocontrast,
        "INVERT": lambda i, sign: ImageOps.invert,
        "EQUALIZE": lambda i, sign: ImageOps.equalize,
        "SOLARIZE": lambda i, sign: lambda image: ImageOps.solarize(image, 256 * (1 - i / 9)),
        "POSTERIZE": lambda i, sign: lambda image: ImageOps.posterize(image, [8, 8, 7, 7, 6, 6, 5, 5, 4, 4][i]),
        "CONTRAST": enhance(ImageEnhance.Contrast),
        "COLOR": enhance(ImageEnhance.Color),
        "BRIGHTNESS": enhance(ImageEnhance.Brightness),
        "SHARPNESS": enhance(ImageEnhance.Sharpness),
    }


SIGNED = {"SHEAR_Y", "TRANSLATE_X", "TRANSLATE_Y", "ROTATE", "CONTRAST", "COLOR", "BRIGHTNESS", "SHARPNESS"}
PLAIN = {"AUTO_CONTRAST", "INVERT", "EQUALIZE"}


def write_operations(folder, width, height, magnitudes):
    images = drawn_images(width, height)
    rows = [("ORIGINAL", 0, 1, images)]
    for name, operation in operations(width, height).items():
        for i in [0] if name in PLAIN else magnitudes:
            for sign in (1, -1) if name in SIGNED and i > 0 else (1,):
                rows.append((name, i, sign, [operation(i, sign)(image) for image in images]))
    sheet = Image.new("RGB", (width * len(images), height * len(rows)))
    for row, (_, _, _, results) in enumerate(rows):
        for column, result in enumerate(results):
            sheet.paste(result, (column * width, row * height))
    name = f"operations-{width}x{height}"
    sheet.save(folder / f"{name}.png", optimize=True)
    (folder / f"{name}.csv").write_text("".join(f"{n},{i},{sign}\n" for n, i, sign, _ in rows))


def write_resized(folder):
    """The noise image of 19x13 and its resized forms, side by side."""
    image = drawn_images(19, 13)[1]
    sizes = [(32, 32), (7, 5), (19, 6), (40, 13), (1, 1)]
    sheet = Image.new("RGB", (19 + sum(width for width, _ in sizes), 32))
    sheet.paste(image, (0, 0))
    left = 19
    for size in sizes:
        sheet.paste(image.resize(size, Image.BILINEAR), (left, 0))
        left += size[0]
    sheet.save(folder / "resized.png", optimize=True)


def write_jittered(folder):
    """The images of 19x13, and what torchvision's functions make of them, of which jitter-19x13.csv names function and amount."""
    from torchvision.transforms import functional

    images = drawn_images(19, 13)
    changes = [(name, amount) for name in ("brightness", "contrast", "saturation") for amount in (0, 0.63, 1.37, 2.9)]
    changes += [("hue", amount) for amount in (-0.5, -0.31, -0.002, 0.05, 0.1, 0.44)]
    rows = [images]
    for name, amount in changes:
        rows.append([getattr(functional, "adjust_" + name)(image, amount) for image in images])
    sheet = Image.new("RGB", (19 * len(images), 13 * len(rows)))
    for row, results in enumerate(rows):
        for column, result in enumerate(results):
            sheet.paste(result, (column * 19, row * 13))
    sheet.save(folder / "jitter-19x13.png", optimize=True)
    (folder / "augmentation" / "jitter-19x13.csv").write_text("".join(f"{name},{amount}\n" for name, amount in changes))


if __name__ == "__main__":
    target = Path(sys.argv[1])
    if "--jitter" in sys.argv:
        write_jittered(target)
        sys.exit()
    write_operations(target, 32, 32, [4, 9])
    write_operations(target, 19, 13, [1, 3, 6, 8])
    write_resized(target)
