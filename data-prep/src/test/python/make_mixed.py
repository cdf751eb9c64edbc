"""Makes many pictures of all encodings, orientations and sizes, one in a hundred broken: make_mixed.py OUT COUNT"""

import sys, os, math, random, collections
from make_encodings import encodings, pic
from PIL import Image

out, count = sys.argv[1], int(sys.argv[2])
random.seed(7)
E = {k: v for k, v in encodings().items() if k != 'anim.webp'}
names = list(E)
base = pic(640, 480)
made = collections.Counter()
pixels = 0
for i in range(count):
    r = random.random()
    lo, hi = (16, 640) if r < 0.95 else (640, 2500) if r < 0.995 else (2500, 6000)
    w = int(math.exp(random.uniform(math.log(lo), math.log(hi))))
    h = max(16, min(6000, int(w * random.choice((0.66, 0.75, 1, 1.33, 1.5)))))
    if i == 0:
        w, h = 6000, 4500
    n = (
        names[i % len(names)]
        if max(w, h) < 2000
        else random.choice(['jfif.jpg', 'prog.jpg', 'exif6.jpg', 'cmyk.jpg', 'rgb.png', 'lossy.webp'])
    )
    b = E[n](base.resize((w, h), Image.BILINEAR))
    kind = 'good'
    if i % 100 == 50:
        kind = ['half', 'empty', 'text', 'zeros', 'avif'][(i // 100) % 5]
        b = {
            'half': b[: len(b) // 2],
            'empty': b'',
            'text': b'<html>not found</html>',
            'zeros': b'\0' * 500,
            'avif': b'\0\0\0\x20ftypavif' + b[:100],
        }[kind]
    d = f'{out}/{("train", "train", "train", "train", "test")[i % 5]}/class {i % 7}'
    os.makedirs(d, exist_ok=True)
    open(f'{d}/{i:05d}_{n}', 'wb').write(b)
    made[kind] += 1
    pixels += w * h
print(dict(made), len(names), 'encodings', pixels / 1e6, 'megapixels')
