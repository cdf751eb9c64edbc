package org.isonorm.data.source;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/** Formats of image files, told apart by their first bytes, whatever the name says. */
enum ImageFormat {
  PNG,
  JPEG,
  WEBP,
  GIF,
  BMP,
  TIFF;

  /** What names of files that are read end in, as people write it. */
  static final String NAMES = ".png, .jpg, .jpeg, .webp, .gif, .bmp, .tif, .tiff";

  private static final Set<String> READ =
      Set.of("png", "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "bmp", "dib", "tif", "tiff");

  /** Images all the same: they are not left out but refused by name. */
  private static final Set<String> NOT_READ =
      Set.of(
          "heic", "heif", "avif", "jxl", "jp2", "j2k", "jpx", "ppm", "pgm", "pbm", "pnm", "tga",
          "psd", "dng", "cr2", "cr3", "nef", "arw", "orf", "rw2", "raf");

  /** Whether a file is an image by its name, of a format that is read or not. */
  static boolean isImage(String name) {
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return READ.contains(extension) || NOT_READ.contains(extension);
  }

  /** The format of a file's content, or null. */
  static ImageFormat of(byte[] file) {
    if (starts(file, 0, "\u0089PNG\r\n\u001a\n")) {
      return PNG;
    } else if (starts(file, 0, "\u00ff\u00d8\u00ff")) {
      return JPEG;
    } else if (starts(file, 0, "RIFF") && starts(file, 8, "WEBP")) {
      return WEBP;
    } else if (starts(file, 0, "GIF87a") || starts(file, 0, "GIF89a")) {
      return GIF;
    } else if (starts(file, 0, "BM")) {
      return BMP;
    } else if (starts(file, 0, "II*\0") || starts(file, 0, "MM\0*")) {
      return TIFF;
    }
    return null;
  }

  /** What a file is whose format is not read, and what to do, as the end of a sentence. */
  static String remedy(byte[] file) {
    if (file.length == 0) {
      return "it is empty";
    } else if (starts(file, 4, "ftypavi")) {
      return "it is AVIF, which is not read (convert it, as in: avifdec image.avif image.png)";
    } else if (starts(file, 4, "ftyphe") || starts(file, 4, "ftypmif1")) {
      return "it is HEIC, which is not read (convert it, as in: heif-convert image.heic image.png)";
    } else if (starts(file, 0, "\u00ff\n") || starts(file, 4, "JXL ")) {
      return "it is JPEG XL, which is not read (convert it, as in: djxl image.jxl image.png)";
    } else if (starts(file, 4, "jP  ") || starts(file, 0, "\u00ffO\u00ffQ")) {
      return "it is JPEG 2000, which is not read (convert it to PNG)";
    } else if (starts(file, 0, "version https://git-lfs")) {
      return "it is a pointer of Git LFS, not the image (get the images with: git lfs pull)";
    }
    return "it is no PNG, JPEG, WebP, GIF, BMP or TIFF file (convert it to PNG)";
  }

  private static boolean starts(byte[] file, int at, String start) {
    byte[] expected = start.getBytes(StandardCharsets.ISO_8859_1);
    if (file.length < at + expected.length) {
      return false;
    }
    for (int i = 0; i < expected.length; i++) {
      if (file[at + i] != expected[i]) {
        return false;
      }
    }
    return true;
  }
}
