"""Writes encodings.csv: small pictures as phones, cameras, scanners and libraries encode them, and the
pixels Pillow reads from each: name;width;height;file in base64;RGB bytes in base64.

  pip install pillow numpy && python3 make_encodings.py > ../resources/org/isonorm/data/source/encodings.csv

The script that makes many pictures of all sizes imports encodings() from here.
"""

import base64
import io
import struct
import zlib

from PIL import Image, ImageOps, ImageCms
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import ImageFileDirectory_v2


def save(im, fmt, **k):
    b = io.BytesIO()
    im.save(b, fmt, **k)
    return b.getvalue()


def segs(j):
    """markers before the scan"""
    at = 2
    out = []
    while True:
        m = j[at + 1]
        n = struct.unpack('>H', j[at + 2 : at + 4])[0]
        if m == 0xDA:
            return out, j[at:]
        out.append((m, j[at : at + 2 + n]))
        at += 2 + n


def nojfif(j, ids=None, adobe=None):
    s, rest = segs(j)
    o = b'\xff\xd8'
    if adobe is not None:
        o += b'\xff\xee\x00\x0eAdobe' + struct.pack('>HHHB', 100, 0, 0, adobe)
    for m, x in s:
        if m in (0xE0, 0xEE):
            continue
        if ids and m in (0xC0, 0xC2):
            x = bytearray(x)
            for i, c in enumerate(ids):
                x[10 + 3 * i] = c
            x = bytes(x)
        o += x
    if ids:
        rest = bytearray(rest)
        for i, c in enumerate(ids):
            rest[5 + 2 * i] = c
        rest = bytes(rest)
    return o + rest


def exif(o):
    e = Image.Exif()
    e[0x112] = o
    return e.tobytes()


def cms(name='gbr'):
    # a profile with swapped primaries, so that whoever applies it shows
    p = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()
    b = bytearray(p)
    n = struct.unpack('>I', b[128:132])[0]
    tags = {bytes(b[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(n)}
    r, g = tags[b'rXYZ'], tags[b'gXYZ']
    b[r + 4 : r + 12], b[g + 4 : g + 12] = b[g + 4 : g + 12], b[r + 4 : r + 12]
    return bytes(b)


ICC = cms()


def png16(im):
    import numpy as np

    a = np.asarray(im).astype('>u2') * 257
    h, w = a.shape[:2]
    c = 1 if a.ndim == 2 else a.shape[2]
    raw = b''.join(b'\0' + a[y].tobytes() for y in range(h))
    ch = lambda t, d: struct.pack('>I', len(d)) + t + d + struct.pack('>I', zlib.crc32(t + d))
    return (
        b'\x89PNG\r\n\x1a\n'
        + ch(b'IHDR', struct.pack('>IIBBBBB', w, h, 16, {1: 0, 3: 2, 4: 6}[c], 0, 0, 0))
        + ch(b'IDAT', zlib.compress(raw))
        + ch(b'IEND', b'')
    )


def raw_profile(im, orientation, compressed):
    """EXIF as ImageMagick wrote it before PNG had a chunk for it"""
    block = exif(orientation)
    text = PngInfo()
    text.add_text('Raw profile type exif', f'\nexif\n{len(block):8}\n{block.hex()}\n', zip=compressed)
    return save(im, 'PNG', pnginfo=text)


def rgba(im):
    a = im.convert('RGBA')
    a.putalpha(Image.linear_gradient('L').resize(im.size))
    return a


def encodings():
    E = {}
    E['jfif.jpg'] = lambda im: save(im, 'JPEG', quality=90)
    E['444.jpg'] = lambda im: save(im, 'JPEG', quality=90, subsampling=0)
    E['422.jpg'] = lambda im: save(im, 'JPEG', quality=90, subsampling=1)
    E['prog.jpg'] = lambda im: save(im, 'JPEG', quality=85, progressive=True)
    E['prog444.jpg'] = lambda im: save(im, 'JPEG', quality=99, progressive=True, subsampling=0)
    E['prog422.jpg'] = lambda im: save(im, 'JPEG', progressive=True, subsampling=1, restart_marker_blocks=1)
    E['progl.jpg'] = lambda im: save(im.convert('L'), 'JPEG', progressive=True)
    E['progcmyk.jpg'] = lambda im: save(im.convert('CMYK'), 'JPEG', progressive=True)
    E['grey.jpg'] = lambda im: save(im.convert('L'), 'JPEG')
    E['low.jpg'] = lambda im: save(im, 'JPEG', quality=10, optimize=True)
    E['restart.jpg'] = lambda im: save(im, 'JPEG', restart_marker_blocks=3)
    E['nojfif123.jpg'] = lambda im: nojfif(save(im, 'JPEG', quality=90))
    E['nojfif012.jpg'] = lambda im: nojfif(save(im, 'JPEG', quality=90, subsampling=0), (0, 1, 2))
    E['nojfif012_420.jpg'] = lambda im: nojfif(save(im, 'JPEG', quality=90), (0, 1, 2))
    E['nojfif444.jpg'] = lambda im: nojfif(save(im, 'JPEG', quality=90, subsampling=0))
    E['rgb.jpg'] = lambda im: save(im, 'JPEG', keep_rgb=True)
    E['rgbids.jpg'] = lambda im: nojfif(save(im, 'JPEG', keep_rgb=True), (82, 71, 66))
    E['adobe0.jpg'] = lambda im: nojfif(save(im, 'JPEG', keep_rgb=True), None, 0)
    E['adobe1.jpg'] = lambda im: nojfif(save(im, 'JPEG', subsampling=0), None, 1)
    E['cmyk.jpg'] = lambda im: save(im.convert('CMYK'), 'JPEG')
    E['cmykplain.jpg'] = lambda im: nojfif(save(im.convert('CMYK'), 'JPEG'))
    E['ycck.jpg'] = lambda im: nojfif(save(im.convert('CMYK'), 'JPEG'), None, 2)
    E['icc.jpg'] = lambda im: save(im, 'JPEG', icc_profile=ICC)
    E['badicc.jpg'] = lambda im: save(im, 'JPEG', icc_profile=b'\0' * 400)
    E['mpo.jpg'] = lambda im: save(im, 'MPO', save_all=True, append_images=[im])
    for o in range(1, 9):
        E['exif%d.jpg' % o] = lambda im, o=o: save(im, 'JPEG', exif=exif(o))
    E['raw6.png'] = lambda im: raw_profile(im, 6, False)
    E['raw8z.png'] = lambda im: raw_profile(im, 8, True)
    E['exif6.png'] = lambda im: save(im, 'PNG', exif=exif(6))
    E['exif8.webp'] = lambda im: save(im, 'WEBP', exif=exif(8))
    E['exif5.tif'] = lambda im: tiffo(im, 5)
    E['rgb.png'] = lambda im: save(im, 'PNG')
    E['rgba.png'] = lambda im: save(rgba(im), 'PNG')
    E['grey.png'] = lambda im: save(im.convert('L'), 'PNG')
    E['la.png'] = lambda im: save(rgba(im).convert('LA'), 'PNG')
    E['palette.png'] = lambda im: save(im.quantize(200), 'PNG')
    E['palette4.png'] = lambda im: save(im.quantize(13), 'PNG', bits=4)
    E['palettet.png'] = lambda im: save(im.quantize(100), 'PNG', transparency=3)
    E['bit.png'] = lambda im: save(im.convert('1'), 'PNG')
    E['trns.png'] = lambda im: save(im, 'PNG', transparency=im.getpixel((0, 0)))
    E['icc.png'] = lambda im: save(im, 'PNG', icc_profile=ICC)
    E['16.png'] = lambda im: png16(im)
    E['16grey.png'] = lambda im: png16(im.convert('L'))
    E['16a.png'] = lambda im: png16(rgba(im))
    E['lossy.webp'] = lambda im: save(im, 'WEBP', quality=80)
    E['lossless.webp'] = lambda im: save(im, 'WEBP', lossless=True)
    E['alpha.webp'] = lambda im: save(rgba(im), 'WEBP', quality=80)
    E['icc.webp'] = lambda im: save(im, 'WEBP', icc_profile=ICC)
    E['anim.webp'] = lambda im: save(im, 'WEBP', save_all=True, append_images=[ImageOps.mirror(im)], lossless=True)
    E['p.gif'] = lambda im: save(im.quantize(128), 'GIF')
    E['anim.gif'] = lambda im: save(im.quantize(128), 'GIF', save_all=True, append_images=[ImageOps.mirror(im)])
    E['rgb.bmp'] = lambda im: save(im, 'BMP')
    E['p.bmp'] = lambda im: save(im.quantize(128), 'BMP')
    E['rgba.bmp'] = lambda im: save(rgba(im), 'BMP')
    E['l.bmp'] = lambda im: save(im.convert('L'), 'BMP')
    E['rgb.tif'] = lambda im: save(im, 'TIFF')
    E['lzw.tif'] = lambda im: save(im, 'TIFF', compression='tiff_lzw')
    E['deflate.tif'] = lambda im: save(im, 'TIFF', compression='tiff_adobe_deflate')
    E['jpeg.tif'] = lambda im: save(im, 'TIFF', compression='jpeg')
    E['l.tif'] = lambda im: save(im.convert('L'), 'TIFF')
    E['bit.tif'] = lambda im: save(im.convert('1'), 'TIFF', compression='group4')
    E['rgba.tif'] = lambda im: save(rgba(im), 'TIFF')
    E['p.tif'] = lambda im: save(im.quantize(99), 'TIFF')
    E['cmyk.tif'] = lambda im: save(im.convert('CMYK'), 'TIFF')
    E['icc.tif'] = lambda im: save(im, 'TIFF', icc_profile=ICC)
    E['wiz.tif'] = lambda im: save(im.convert('L'), 'TIFF', tiffinfo={262: 0})
    E['i16.tif'] = lambda im: save(
        Image.frombytes('I;16', im.size, b''.join(struct.pack('<H', v * 257) for v in im.convert('L').tobytes())),
        'TIFF',
    )
    return E


def tiffo(im, o):
    i = ImageFileDirectory_v2()
    i[0x112] = o
    return save(im, 'TIFF', tiffinfo=i)


def pic(w, h):
    a = Image.effect_noise((w // 4 + 1, h // 4 + 1), 60).resize((w, h), Image.BICUBIC)
    return Image.merge('RGB', (a, Image.linear_gradient('L').resize((w, h)), Image.radial_gradient('L').resize((w, h))))


if __name__ == '__main__':
    picture = pic(11, 7)
    for name, encode in encodings().items():
        file = encode(picture)
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
        # Pillow cuts 16-bit grey off at 255 instead of scaling it: take the picture it was made from.
        rgb = (picture.convert('L') if '16' in name and 'grey' in name or name == 'i16.tif' else image).convert('RGB')
        print(name, *rgb.size, base64.b64encode(file).decode(), base64.b64encode(rgb.tobytes()).decode(), sep=';')
