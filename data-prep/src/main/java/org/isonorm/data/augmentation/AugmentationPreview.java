package org.isonorm.data.augmentation;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.isonorm.data.shard.CenterCrop;
import org.isonorm.data.shard.Example;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.PartSummary;
import org.isonorm.data.shard.Shard;

/**
 * A picture of what augmentation does: a sheet of 8×8 images for every augmentation by itself, the
 * same 64 examples on each, and two of all that is configured. A row of a sheet is a batch, so that
 * its images are mixed with each other, by one draw.
 */
public final class AugmentationPreview {
  /** Images along each side of a sheet. */
  public static final int SIDE = 8;

  /** Examples the picture is made from. */
  public static final int EXAMPLES = SIDE * SIDE;

  private static final int SHEETS_ACROSS = 4;
  private static final int RGB = 3;
  private static final int GAP = 2;
  private static final int MARGIN = 16;
  private static final int TEXT_SCALE = 3;
  private static final int IMAGE_PIXELS = 64;
  private static final int BACKGROUND = 0xffffff;
  private static final int INK = 0x202020;

  /**
   * One sheet.
   *
   * @param title what it says above
   * @param epoch whose draws it shows, counted from 0
   */
  public record Sheet(String title, AugmentationSettings settings, int epoch) {}

  private AugmentationPreview() {}

  /**
   * The sheets of a configuration: each augmentation by itself, with the configured numbers where
   * it is on and the usual ones where it is off, and then all that is configured in two epochs.
   * Manifold Mixup has none, as hidden states are no pictures; label smoothing none either.
   */
  public static List<Sheet> sheets(AugmentationSettings configured, ImageShape shape) {
    AugmentationSettings none = AugmentationSettings.NONE;
    int padding = configured.cropPadding() > 0 ? configured.cropPadding() : 4;
    int length = configured.cutoutLength() > 0 ? configured.cutoutLength() : shape.height() / 2;
    RandomErasing erasing = configured.randomErasing();
    List<Sheet> sheets = new ArrayList<>();
    sheets.add(new Sheet("original", none, 0));
    boolean reflects = configured.cropFill() == CropFill.REFLECT;
    sheets.add(
        new Sheet(
            "crop, padding " + padding + (reflects ? ", reflected" : ""),
            none.withCrop(padding).withCropFill(configured.cropFill()),
            0));
    RandomResizedCrop resized = configured.randomResizedCrop();
    sheets.add(
        new Sheet(
            "resized crop",
            none.withRandomResizedCrop(
                resized.probability() > 0 ? resized : RandomResizedCrop.USUAL),
            0));
    boolean alternates = configured.flip() == FlipMethod.ALTERNATING;
    sheets.add(
        new Sheet(
            alternates ? "flip, alternating" : "flip",
            none.withFlip(alternates ? FlipMethod.ALTERNATING : FlipMethod.RANDOM),
            0));
    if (shape.channels() == RGB) {
      ColorJitter jitter = configured.colorJitter();
      sheets.add(
          new Sheet(
              "color jitter", none.withColorJitter(jitter.isOn() ? jitter : ColorJitter.USUAL), 0));
      sheets.add(new Sheet("autoaugment", none.withAutoAugment(true), 0));
    }
    sheets.add(new Sheet("cutout " + length, none.withCutout(length), 0));
    sheets.add(erasing("original", RandomErasing.ORIGINAL));
    sheets.add(erasing("square", RandomErasing.SQUARE));
    if (erasing.probability() > 0) {
      sheets.add(erasing("configured", erasing));
    }
    for (MixingMethod method :
        List.of(MixingMethod.MIXUP, MixingMethod.CUTMIX, MixingMethod.RESIZEMIX)) {
      MixingSettings mixing =
          configured.mixing().method() == method
              ? configured.mixing()
              : new MixingSettings(method, 1, 1);
      String name = method.name().toLowerCase(Locale.ROOT);
      String alpha = method == MixingMethod.RESIZEMIX ? "" : ", alpha " + mixing.alpha();
      sheets.add(new Sheet(name + alpha, none.withMixing(mixing), 0));
    }
    sheets.add(new Sheet("configured, epoch 1", configured, 0));
    sheets.add(new Sheet("configured, epoch 2", configured, 1));
    return sheets;
  }

  private static Sheet erasing(String form, RandomErasing settings) {
    return new Sheet(
        "random erasing, " + form, AugmentationSettings.NONE.withRandomErasing(settings), 0);
  }

  /**
   * Draws the sheets, four side by side.
   *
   * @param shard of at least {@link #EXAMPLES} images, whose first are shown, in grey by their
   *     first channel where they have no three
   * @param crop what of them the network sees
   * @param classes of the data set
   * @throws IllegalArgumentException if there are too few images
   */
  public static BufferedImage render(
      Shard shard, CenterCrop crop, int classes, List<Sheet> sheets, long seed) {
    if (shard.size() < EXAMPLES) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid data set for a preview: %d images (must be at least %d)",
              shard.size(),
              EXAMPLES));
    }
    ImageShape shape = crop.of(shard.shape());
    int scale = Math.max(IMAGE_PIXELS / Math.max(shape.height(), shape.width()), 1);
    int cellWidth = shape.width() * scale + GAP;
    int cellHeight = shape.height() * scale + GAP;
    int title = PixelText.height(TEXT_SCALE) + MARGIN / 2;
    int sheetWidth = SIDE * cellWidth + MARGIN;
    int sheetHeight = title + SIDE * cellHeight + MARGIN;
    int across = Math.min(SHEETS_ACROSS, sheets.size());
    int down = (sheets.size() + across - 1) / across;
    BufferedImage picture =
        new BufferedImage(
            across * sheetWidth + MARGIN, down * sheetHeight + MARGIN, BufferedImage.TYPE_INT_RGB);
    int[] blank = new int[picture.getWidth() * picture.getHeight()];
    Arrays.fill(blank, BACKGROUND);
    picture.setRGB(0, 0, picture.getWidth(), picture.getHeight(), blank, 0, picture.getWidth());
    for (int i = 0; i < sheets.size(); i++) {
      int left = MARGIN + i % across * sheetWidth;
      int top = MARGIN + Math.floorDiv(i, across) * sheetHeight;
      PixelText.draw(picture, sheets.get(i).title(), left, top, TEXT_SCALE, INK);
      byte[] images = images(shard, crop, classes, sheets.get(i), seed);
      for (int k = 0; k < EXAMPLES; k++) {
        int x = left + k % SIDE * cellWidth;
        int y = top + title + Math.floorDiv(k, SIDE) * cellHeight;
        draw(picture, images, k * shape.size(), shape, x, y, scale);
      }
    }
    return picture;
  }

  /** The augmented examples, a batch a row, turned back into grey levels. */
  private static byte[] images(Shard shard, CenterCrop crop, int classes, Sheet sheet, long seed) {
    ImageShape stored = shard.shape();
    ImageShape shape = crop.of(stored);
    PartSummary statistics = new PartSummary(classes, shape.channels(), 0);
    for (int row = 0; row < EXAMPLES; row++) {
      byte[] image =
          Arrays.copyOfRange(shard.images(), row * stored.size(), (row + 1) * stored.size());
      statistics.add(new Example(row, image, shard.labels()[row], 0));
    }
    int pixels = stored.height() * stored.width();
    List<Double> mean =
        IntStream.range(0, shape.channels()).mapToObj(c -> statistics.mean(c, pixels)).toList();
    // Images of one colour have no deviation to divide by.
    List<Double> std =
        IntStream.range(0, shape.channels())
            .mapToObj(c -> Math.max(statistics.std(c, pixels), 1 / 255.0))
            .toList();
    BatchAssembler assembler =
        BatchAssembler.of(stored, crop, classes, mean, std, sheet.settings());
    byte[] images = new byte[EXAMPLES * shape.size()];
    for (int batch = 0; batch < SIDE; batch++) {
      int[] rows = IntStream.range(batch * SIDE, (batch + 1) * SIDE).toArray();
      float[] features = new float[SIDE * shape.size()];
      float[] labels = new float[SIDE * classes];
      assembler.fill(shard, rows, seed, sheet.epoch(), features, labels);
      assembler.mix(seed, sheet.epoch(), 0, batch, features, labels);
      for (int i = 0; i < features.length; i++) {
        int channel = i % shape.channels();
        double level = (features[i] * std.get(channel) + mean.get(channel)) * 255;
        images[batch * features.length + i] = (byte) Math.min(Math.max(Math.round(level), 0), 255);
      }
    }
    return images;
  }

  private static void draw(
      BufferedImage picture, byte[] images, int image, ImageShape shape, int x, int y, int scale) {
    int step = shape.channels() >= RGB ? 1 : 0;
    for (int row = 0; row < shape.height() * scale; row++) {
      for (int column = 0; column < shape.width() * scale; column++) {
        int pixel = Math.floorDiv(row, scale) * shape.width() + Math.floorDiv(column, scale);
        int in = image + pixel * shape.channels();
        int red = images[in] & 0xff;
        int green = images[in + step] & 0xff;
        int blue = images[in + 2 * step] & 0xff;
        picture.setRGB(x + column, y + row, red << 16 | green << 8 | blue);
      }
    }
  }
}
