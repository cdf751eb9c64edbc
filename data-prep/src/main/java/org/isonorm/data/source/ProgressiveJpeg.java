package org.isonorm.data.source;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.imageio.plugins.jpeg.JPEGHuffmanTable;

/**
 * Writes a progressive JPEG anew as one sequential scan of the same coefficients (ITU-T T.81, annex
 * G). Java's own reader makes the whole picture after each of some ten scans and gives away all but
 * the last; of one scan it makes the same pixels at once. Whatever is not plainly sound is left to
 * that reader, which knows what is damage and what is none.
 */
final class ProgressiveJpeg {
  private static final int BLOCK = 64;
  private static final int START = 0xd8;
  private static final int END = 0xd9;
  private static final int SCAN = 0xda;
  private static final int QUANTIZATION = 0xdb;
  private static final int HUFFMAN = 0xc4;
  private static final int RESTART_INTERVAL = 0xdd;
  private static final int FIRST_RESTART = 0xd0;
  private static final int SEQUENTIAL_FRAME = 0xc1;
  private static final int PROGRESSIVE_FRAME = 0xc2;

  /** As the standard allows in an interleaved scan. */
  private static final int MOST_BLOCKS = 10;

  /**
   * Bits of the greatest differences and coefficients for which the standard's tables have codes.
   */
  private static final int DC_BITS = 11;

  private static final int AC_BITS = 10;

  /** Something that the reader of Java is to judge. */
  private static final class NotPlain extends Exception {
    private static final long serialVersionUID = 1L;

    NotPlain() {
      super(null, null, false, false);
    }
  }

  /** A component, whose blocks are stored row by row, each in the order of the scans. */
  private static final class Component {
    final int id;
    final int across;
    final int down;

    /** Blocks that a scan of this component alone has, and with those that fill up units. */
    int scanColumns;

    int scanRows;
    int columns;
    int rows;
    short[] coefficients = new short[0];

    /** The bits that scans so far have left out of each coefficient; -1: it was in none. */
    final int[] missing = new int[BLOCK];

    int dcTable;
    int acTable;
    int predicted;

    Component(int id, int sampling) {
      this.id = id;
      this.across = sampling >> 4;
      this.down = sampling & 15;
      Arrays.fill(missing, -1);
    }

    int block(int row, int column) {
      return (row * columns + column) * BLOCK;
    }
  }

  /** The part of the coefficients that a scan sends: from, to, and the bits before and after it. */
  private record Part(int first, int last, int high, int low) {}

  /** What a scan does with a block of a component. */
  private interface Blocks {
    void take(Component component, int block) throws NotPlain;
  }

  private final byte[] file;
  private final long mostBytes;
  private final List<byte[]> quantization = new ArrayList<>();
  private final HuffmanTable[] dcTables = new HuffmanTable[4];
  private final HuffmanTable[] acTables = new HuffmanTable[4];
  private byte[] frame = new byte[0];
  private List<Component> components = List.of();
  private int unitColumns;
  private int unitRows;
  private int restartInterval;
  private int at;
  private BitReader bits;
  private int endRun;

  private ProgressiveJpeg(byte[] file, long mostBytes) {
    this.file = file;
    this.mostBytes = mostBytes;
  }

  /**
   * The same picture in one scan; nothing if the file is not progressive, not plainly sound, or
   * needs more memory.
   *
   * @param file without markers of applications
   * @param mostBytes of the coefficients
   */
  static Optional<byte[]> inOneScan(byte[] file, long mostBytes) {
    try {
      ProgressiveJpeg jpeg = new ProgressiveJpeg(file, mostBytes);
      jpeg.read();
      return Optional.of(jpeg.write());
    } catch (NotPlain e) {
      return Optional.empty();
    }
  }

  private static void check(boolean isPlain) throws NotPlain {
    if (!isPlain) {
      throw new NotPlain();
    }
  }

  private void read() throws NotPlain {
    at = 2;
    for (int marker = marker(); marker != END; marker = marker()) {
      check(at + 2 <= file.length);
      int bytes = unsigned16(at);
      check(bytes >= 2 && at + bytes <= file.length);
      byte[] segment = Arrays.copyOfRange(file, at + 2, at + bytes);
      at += bytes;
      switch (marker) {
        case PROGRESSIVE_FRAME -> readFrame(segment);
        // The reader takes a table of the moment in which its component is first met.
        case QUANTIZATION -> {
          check(components.stream().allMatch(component -> component.missing[0] < 0));
          quantization.add(segment);
        }
        case HUFFMAN -> readTables(segment);
        case RESTART_INTERVAL -> {
          check(segment.length == 2);
          restartInterval = ((segment[0] & 0xff) << 8) | (segment[1] & 0xff);
        }
        case SCAN -> readScan(segment);
        default -> throw new NotPlain();
      }
    }
    check(!components.isEmpty());
    for (Component component : components) {
      // Of coefficients that were not sent in full the reader guesses at the rest.
      check(Arrays.stream(component.missing).allMatch(count -> count == 0));
    }
  }

  private int marker() throws NotPlain {
    check(at < file.length && file[at] == (byte) 0xff);
    while (at < file.length && file[at] == (byte) 0xff) {
      at++;
    }
    check(at < file.length);
    return file[at++] & 0xff;
  }

  private int unsigned16(int from) {
    return ((file[from] & 0xff) << 8) | (file[from + 1] & 0xff);
  }

  private void readFrame(byte[] segment) throws NotPlain {
    check(components.isEmpty() && segment.length >= 6);
    int count = segment[5];
    check((count == 1 || count == 3 || count == 4) && segment.length == 6 + 3 * count);
    frame = segment;
    int height = ((segment[1] & 0xff) << 8) | (segment[2] & 0xff);
    int width = ((segment[3] & 0xff) << 8) | (segment[4] & 0xff);
    components = new ArrayList<>();
    int across = 1;
    int down = 1;
    int blocks = 0;
    for (int i = 0; i < count; i++) {
      int from = 6 + 3 * i;
      Component component = new Component(segment[from] & 0xff, segment[from + 1] & 0xff);
      check(component.across >= 1 && component.across <= 4);
      check(component.down >= 1 && component.down <= 4);
      check(components.stream().noneMatch(other -> other.id == component.id));
      across = Math.max(across, component.across);
      down = Math.max(down, component.down);
      blocks += component.across * component.down;
      components.add(component);
    }
    check(count == 1 || blocks <= MOST_BLOCKS);
    unitColumns = ceilDiv(width, 8 * across);
    unitRows = ceilDiv(height, 8 * down);
    long bytes = 0;
    for (Component component : components) {
      component.scanColumns = ceilDiv(width * component.across, 8 * across);
      component.scanRows = ceilDiv(height * component.down, 8 * down);
      component.columns = unitColumns * component.across;
      component.rows = unitRows * component.down;
      bytes += (long) component.columns * component.rows * BLOCK * Short.BYTES;
    }
    check(bytes <= Math.min(mostBytes, Integer.MAX_VALUE));
    for (Component component : components) {
      component.coefficients = new short[component.block(component.rows, 0)];
    }
  }

  private static int ceilDiv(int a, int b) {
    return Math.floorDiv(a + b - 1, b);
  }

  private void readTables(byte[] segment) throws NotPlain {
    for (int from = 0; from < segment.length; ) {
      check(from + 17 <= segment.length);
      int kind = segment[from] >> 4;
      int number = segment[from] & 15;
      check((kind == 0 || kind == 1) && number < 4);
      int symbols = 0;
      int[] lengths = new int[17];
      for (int length = 1; length <= 16; length++) {
        lengths[length] = segment[from + length] & 0xff;
        symbols += lengths[length];
      }
      from += 17;
      check(from + symbols <= segment.length);
      byte[] values = Arrays.copyOfRange(segment, from, from + symbols);
      for (byte value : values) {
        check(kind == 1 || (value >= 0 && value < 16));
      }
      from += symbols;
      (kind == 0 ? dcTables : acTables)[number] = HuffmanTable.of(lengths, values);
    }
  }

  private void readScan(byte[] segment) throws NotPlain {
    int count = segment.length == 0 ? 0 : segment[0];
    check(count >= 1 && count <= 4 && segment.length == 4 + 2 * count);
    List<Component> scanned = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int id = segment[1 + 2 * i] & 0xff;
      int tables = segment[2 + 2 * i] & 0xff;
      Component component =
          components.stream().filter(one -> one.id == id).findFirst().orElseThrow(NotPlain::new);
      check(!scanned.contains(component) && tables >> 4 < 4 && (tables & 15) < 4);
      component.dcTable = tables >> 4;
      component.acTable = tables & 15;
      component.predicted = 0;
      scanned.add(component);
    }
    int bitsBefore = segment[3 + 2 * count] & 0xff;
    Part part =
        new Part(segment[1 + 2 * count], segment[2 + 2 * count], bitsBefore >> 4, bitsBefore & 15);
    checkPart(part, scanned);
    bits = new BitReader(file, at);
    endRun = 0;
    if (scanned.size() == 1) {
      readAlone(scanned.get(0), blocks(part));
    } else {
      readInterleaved(scanned, blocks(part));
    }
    at = bits.end();
  }

  /** Each bit must be sent once, and the first of a block before all others. */
  private static void checkPart(Part part, List<Component> scanned) throws NotPlain {
    if (part.first == 0) {
      check(part.last == 0);
    } else {
      check(part.first <= part.last && part.last < BLOCK && scanned.size() == 1);
    }
    check(part.first >= 0 && part.low <= 13 && (part.high == 0 || part.low == part.high - 1));
    for (Component component : scanned) {
      check(part.first == 0 || component.missing[0] >= 0);
      for (int k = part.first; k <= part.last; k++) {
        check(part.high == 0 ? component.missing[k] < 0 : component.missing[k] == part.high);
        component.missing[k] = part.low;
      }
    }
  }

  private Blocks blocks(Part part) {
    if (part.first == 0) {
      return part.high == 0
          ? (component, block) -> readFirstDc(component, block, part)
          : (component, block) ->
              component.coefficients[block] |= (short) (bits.next(1) << part.low);
    }
    return part.high == 0
        ? (component, block) -> readFirstAc(component, block, part)
        : (component, block) -> refineAc(component, block, part);
  }

  private void readAlone(Component component, Blocks blocks) throws NotPlain {
    int unit = 0;
    for (int row = 0; row < component.scanRows; row++) {
      for (int column = 0; column < component.scanColumns; column++) {
        restart(unit++, List.of(component));
        blocks.take(component, component.block(row, column));
      }
    }
  }

  private void readInterleaved(List<Component> scanned, Blocks blocks) throws NotPlain {
    for (int unit = 0; unit < unitColumns * unitRows; unit++) {
      restart(unit, scanned);
      eachOfUnit(unit, scanned, blocks);
    }
  }

  private void eachOfUnit(int unit, List<Component> scanned, Blocks blocks) throws NotPlain {
    for (Component component : scanned) {
      int row = Math.floorDiv(unit, unitColumns) * component.down;
      int column = unit % unitColumns * component.across;
      for (int i = 0; i < component.down; i++) {
        for (int j = 0; j < component.across; j++) {
          blocks.take(component, component.block(row + i, column + j));
        }
      }
    }
  }

  private void restart(int unit, List<Component> scanned) throws NotPlain {
    if (restartInterval == 0 || unit == 0 || unit % restartInterval != 0) {
      return;
    }
    at = bits.end();
    int number = Math.floorDiv(unit, restartInterval) - 1;
    check(marker() == FIRST_RESTART + number % 8);
    bits = new BitReader(file, at);
    endRun = 0;
    for (Component component : scanned) {
      component.predicted = 0;
    }
  }

  private void readFirstDc(Component component, int block, Part part) throws NotPlain {
    int size = bits.symbol(dcTables[component.dcTable]);
    component.predicted += bits.signed(size);
    component.coefficients[block] = (short) (component.predicted << part.low);
  }

  private void readFirstAc(Component component, int block, Part part) throws NotPlain {
    if (endRun > 0) {
      endRun--;
      return;
    }
    for (int k = part.first; k <= part.last; k++) {
      int symbol = bits.symbol(acTables[component.acTable]);
      int run = symbol >> 4;
      int size = symbol & 15;
      if (size > 0) {
        k += run;
        check(k <= part.last);
        component.coefficients[block + k] = (short) (bits.signed(size) << part.low);
      } else if (run == 15) {
        k += run;
      } else {
        endRun = (1 << run) + bits.next(run) - 1;
        return;
      }
    }
  }

  private void refineAc(Component component, int block, Part part) throws NotPlain {
    short[] coefficients = component.coefficients;
    int k = part.first;
    while (endRun == 0 && k <= part.last) {
      int symbol = bits.symbol(acTables[component.acTable]);
      int run = symbol >> 4;
      int value = 0;
      if ((symbol & 15) > 0) {
        check((symbol & 15) == 1);
        value = bits.next(1) == 1 ? 1 << part.low : -1 << part.low;
      } else if (run < 15) {
        endRun = (1 << run) + bits.next(run);
        break;
      }
      // The bits of what is not zero lie between the zeros that are counted.
      for (; k <= part.last; k++) {
        if (coefficients[block + k] != 0) {
          refine(coefficients, block + k, part.low);
        } else if (--run < 0) {
          break;
        }
      }
      if (value != 0) {
        check(k <= part.last);
        coefficients[block + k] = (short) value;
      }
      k++;
    }
    if (endRun > 0) {
      for (; k <= part.last; k++) {
        if (coefficients[block + k] != 0) {
          refine(coefficients, block + k, part.low);
        }
      }
      endRun--;
    }
  }

  private void refine(short[] coefficients, int k, int low) {
    if (bits.next(1) == 1) {
      coefficients[k] += (short) (coefficients[k] > 0 ? 1 << low : -1 << low);
    }
  }

  private byte[] write() throws NotPlain {
    ByteArrayOutputStream out = new ByteArrayOutputStream(file.length + 1_024);
    out.write(0xff);
    out.write(START);
    for (byte[] tables : quantization) {
      segment(out, QUANTIZATION, tables);
    }
    segment(out, SEQUENTIAL_FRAME, frame);
    JPEGHuffmanTable dc = JPEGHuffmanTable.StdDCLuminance;
    JPEGHuffmanTable ac = JPEGHuffmanTable.StdACLuminance;
    segment(out, HUFFMAN, tables(0, dc));
    segment(out, HUFFMAN, tables(0x10, ac));
    byte[] scan = new byte[4 + 2 * components.size()];
    scan[0] = (byte) components.size();
    for (int i = 0; i < components.size(); i++) {
      scan[1 + 2 * i] = (byte) components.get(i).id;
    }
    scan[scan.length - 2] = BLOCK - 1;
    segment(out, SCAN, scan);
    writeBlocks(new BitWriter(out, codes(dc), codes(ac)));
    out.write(0xff);
    out.write(END);
    return out.toByteArray();
  }

  private void writeBlocks(BitWriter writer) throws NotPlain {
    components.forEach(component -> component.predicted = 0);
    if (components.size() == 1) {
      Component only = components.get(0);
      for (int row = 0; row < only.scanRows; row++) {
        for (int column = 0; column < only.scanColumns; column++) {
          writer.block(only, only.block(row, column));
        }
      }
    } else {
      for (int unit = 0; unit < unitColumns * unitRows; unit++) {
        eachOfUnit(unit, components, writer::block);
      }
    }
    writer.finish();
  }

  private static void segment(ByteArrayOutputStream out, int marker, byte[] content) {
    out.write(0xff);
    out.write(marker);
    out.write((content.length + 2) >> 8);
    out.write(content.length + 2);
    out.writeBytes(content);
  }

  private static byte[] tables(int kindAndNumber, JPEGHuffmanTable table) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(kindAndNumber);
    for (int length = 0; length < 16; length++) {
      out.write(length < table.getLengths().length ? table.getLengths()[length] : 0);
    }
    for (short value : table.getValues()) {
      out.write(value);
    }
    return out.toByteArray();
  }

  /** By symbol: the length of its code above, the code below. */
  private static int[] codes(JPEGHuffmanTable table) {
    int[] codes = new int[256];
    int code = 0;
    int i = 0;
    for (int length = 1; length <= table.getLengths().length; length++) {
      for (int n = 0; n < table.getLengths()[length - 1]; n++) {
        codes[table.getValues()[i++]] = (length << 16) | code++;
      }
      code <<= 1;
    }
    return codes;
  }

  /** A Huffman table as a scan uses it; codes of up to nine bits are looked up at once. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record HuffmanTable(short[] quick, int[] last, int[] offsets, byte[] values) {
    static final int QUICK_BITS = 9;

    static HuffmanTable of(int[] lengths, byte[] values) throws NotPlain {
      short[] quick = new short[1 << QUICK_BITS];
      int[] last = new int[17];
      int[] offsets = new int[17];
      int code = 0;
      int i = 0;
      for (int length = 1; length <= 16; length++) {
        offsets[length] = i - code;
        for (int n = 0; n < lengths[length]; n++) {
          check(code < 1 << length);
          if (length <= QUICK_BITS) {
            int free = QUICK_BITS - length;
            Arrays.fill(
                quick,
                code << free,
                (code + 1) << free,
                (short) ((length << Byte.SIZE) | (values[i] & 0xff)));
          }
          code++;
          i++;
        }
        last[length] = lengths[length] == 0 ? -1 : code - 1;
        code <<= 1;
      }
      return new HuffmanTable(quick, last, offsets, values);
    }
  }

  /** The bits of a scan up to the next marker; zeros behind it, which no sound scan takes. */
  private static final class BitReader {
    private final byte[] file;
    private int at;
    private long buffer;
    private int count;
    private int beyond;

    BitReader(byte[] file, int at) {
      this.file = file;
      this.at = at;
    }

    private void fill() {
      while (count <= Long.SIZE - Byte.SIZE) {
        int next = at < file.length ? file[at] & 0xff : 0xff;
        if (next != 0xff) {
          at++;
        } else if (at + 1 < file.length && file[at + 1] == 0) {
          at += 2;
        } else {
          next = 0;
          beyond += Byte.SIZE;
        }
        buffer = (buffer << Byte.SIZE) | next;
        count += Byte.SIZE;
      }
    }

    int next(int bits) {
      if (count < bits) {
        fill();
      }
      count -= bits;
      return (int) (buffer >>> count) & ((1 << bits) - 1);
    }

    /** A difference or a coefficient of so many bits; the first one is its sign. */
    int signed(int bits) {
      int value = next(bits);
      return bits > 0 && value < 1 << (bits - 1) ? value - (1 << bits) + 1 : value;
    }

    int symbol(HuffmanTable table) throws NotPlain {
      check(table != null);
      if (count < 16) {
        fill();
      }
      int ahead = (int) (buffer >>> (count - 16)) & 0xffff;
      int quick = table.quick[ahead >>> (16 - HuffmanTable.QUICK_BITS)];
      if (quick > 0) {
        count -= quick >> Byte.SIZE;
        return quick & 0xff;
      }
      for (int length = HuffmanTable.QUICK_BITS + 1; length <= 16; length++) {
        int code = ahead >>> (16 - length);
        if (code <= table.last[length]) {
          count -= length;
          return table.values[table.offsets[length] + code] & 0xff;
        }
      }
      throw new NotPlain();
    }

    /** Where the next marker is, if a sound scan ends here: less than a byte is left before it. */
    int end() throws NotPlain {
      fill();
      check(count >= beyond && count - beyond < Byte.SIZE);
      return at;
    }
  }

  /** Writes blocks as a sequential scan has them. */
  private static final class BitWriter {
    private final ByteArrayOutputStream out;
    private final int[] dcCodes;
    private final int[] acCodes;
    private final byte[] bytes = new byte[1 << 16];
    private int size;
    private long buffer;
    private int count;

    BitWriter(ByteArrayOutputStream out, int[] dcCodes, int[] acCodes) {
      this.out = out;
      this.dcCodes = dcCodes;
      this.acCodes = acCodes;
    }

    void block(Component component, int block) throws NotPlain {
      short[] coefficients = component.coefficients;
      int difference = coefficients[block] - component.predicted;
      component.predicted = coefficients[block];
      int size = bitsOf(difference);
      check(size <= DC_BITS);
      put(dcCodes[size]);
      put(difference, size);
      int run = 0;
      for (int k = 1; k < BLOCK; k++) {
        int value = coefficients[block + k];
        if (value == 0) {
          run++;
          continue;
        }
        for (; run > 15; run -= 16) {
          put(acCodes[0xf0]);
        }
        size = bitsOf(value);
        check(size <= AC_BITS);
        put(acCodes[(run << 4) | size]);
        put(value, size);
        run = 0;
      }
      if (run > 0) {
        put(acCodes[0]);
      }
    }

    private static int bitsOf(int value) {
      return Integer.SIZE - Integer.numberOfLeadingZeros(Math.abs(value));
    }

    private void put(int code) {
      append(code & 0xffff, code >> 16);
    }

    /** Negative ones are written less one, so that their first bit is 0. */
    private void put(int value, int bits) {
      append((value < 0 ? value - 1 : value) & ((1 << bits) - 1), bits);
    }

    private void append(int value, int bits) {
      buffer = (buffer << bits) | value;
      count += bits;
      while (count >= Byte.SIZE) {
        count -= Byte.SIZE;
        append((byte) (buffer >>> count));
      }
    }

    private void append(byte next) {
      if (size + 2 > bytes.length) {
        flush();
      }
      bytes[size++] = next;
      if (next == (byte) 0xff) {
        bytes[size++] = 0;
      }
    }

    private void flush() {
      out.write(bytes, 0, size);
      size = 0;
    }

    void finish() {
      if (count > 0) {
        append((1 << (Byte.SIZE - count)) - 1, Byte.SIZE - count);
      }
      flush();
    }
  }
}
