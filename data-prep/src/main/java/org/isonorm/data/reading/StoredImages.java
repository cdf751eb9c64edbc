package org.isonorm.data.reading;

import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ExifPolicy;
import org.isonorm.data.shard.ImageSize;
import org.isonorm.data.source.ChannelChoice;
import org.isonorm.data.source.DecodedImage;
import org.isonorm.data.source.ImageFileSettings;

/** Makes pixels of images as they are stored, on threads beside the one that wants them. */
final class StoredImages {
  private final DatasetManifest manifest;
  private final String source;
  private final ImageFileSettings settings;

  /**
   * Of a data set.
   *
   * @param source what errors say that examples are of
   */
  StoredImages(DatasetManifest manifest, String source) {
    this.manifest = manifest;
    this.source = source;
    // The pixels are those that ingestion would have stored: it refused colours among grey images,
    // and what is grey may become three channels before it is resized as well as after.
    this.settings =
        ImageFileSettings.DEFAULT
            .withSize(new ImageSize(manifest.height(), manifest.width()))
            .withChannels(ChannelChoice.of(manifest.channels()))
            .withUpright(manifest.exif() == ExifPolicy.UPRIGHT)
            .withMaxPixels(Long.MAX_VALUE);
  }

  /** The pixels of an example's image, row-major HWC, when they are there. */
  Future<byte[]> pixels(byte[] stored, long index) {
    return manifest.isEncoded()
        ? DecoderThreads.DECODERS.submit(() -> decoded(stored, index))
        : CompletableFuture.completedFuture(stored);
  }

  private byte[] decoded(byte[] file, long index) throws IOException {
    String name = String.format(Locale.ROOT, "%d of %s", index, source);
    DecodedImage image = DecodedImage.decode(file, name, settings);
    if (!image.shape().equals(manifest.shape())) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read image %s: it is %s (must be %s)",
              name,
              image.shape(),
              manifest.shape()));
    }
    return image.pixels();
  }
}
