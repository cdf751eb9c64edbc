package org.isonorm.data.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.univocity.parsers.common.TextParsingException;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.isonorm.data.shard.Checksums;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.source.ImageFolder.Labelled;
import org.isonorm.data.source.OwnImages.SplitFile;

/**
 * Tables that name image files and their labels: {@code metadata.csv} or {@code metadata.jsonl} as
 * Hugging Face's ImageFolder has them, or any CSV. An image's split is that of a column {@code
 * split}, else of the folders in its path, else of the table's folder or name.
 */
final class ImageTable {
  private static final List<String> FILE =
      List.of("file_name", "path", "file", "filename", "image");
  private static final List<String> LABEL = List.of("label", "labels", "class", "target");
  private static final String SPLIT = "split";
  private static final ObjectMapper JSON = new ObjectMapper();

  private record Row(String file, String label, SourceSplit split) {}

  private final OwnSource own;
  private final FileTree tree;

  private ImageTable(OwnSource own, FileTree tree) {
    this.own = own;
    this.tree = tree;
  }

  static IngestionSource open(OwnSource own, List<SplitFile> tables, FileTree tree)
      throws IOException {
    return new ImageTable(own, tree).open(tables);
  }

  private IngestionSource open(List<SplitFile> tables) throws IOException {
    List<Row> rows = new ArrayList<>();
    List<SourceFile> files = new ArrayList<>();
    for (SplitFile table : tables) {
      byte[] content = FileTree.read(table.location(), own.hadoop());
      MessageDigest sha256 = Checksums.sha256();
      sha256.update(content);
      files.add(new SourceFile(table.name(), content.length, Checksums.hex(sha256)));
      rows.addAll(rows(table, content));
    }
    if (rows.isEmpty()) {
      throw own.refused("its table has no rows");
    }
    List<String> classNames = own.classNames(rows.stream().map(Row::label).distinct().toList());
    boolean anySplit = rows.stream().anyMatch(row -> row.split() != null);
    Map<SourceSplit, List<Labelled>> images = new EnumMap<>(SourceSplit.class);
    for (Row row : rows) {
      if (anySplit && row.split() == null) {
        throw own.refused(
            String.format(
                Locale.ROOT,
                "it is unclear which split %s is of (must be in a folder train, validation or test, or have a column split, as other images do)",
                FileTree.shown(row.file())));
      }
      images
          .computeIfAbsent(
              row.split() == null ? SourceSplit.TRAIN : row.split(), key -> new ArrayList<>())
          .add(new Labelled(row.file(), OwnSource.label(row.label(), classNames), 0));
    }
    for (Map.Entry<SourceSplit, List<Labelled>> split : images.entrySet()) {
      files.add(own.checksum("images of " + split.getKey().label(), split.getValue()));
    }
    return own.ofFiles(classNames, images, files);
  }

  private List<Row> rows(SplitFile table, byte[] content) throws IOException {
    String text = new String(content, StandardCharsets.UTF_8);
    text = text.startsWith("\ufeff") ? text.substring(1) : text;
    String name = table.name().toLowerCase(Locale.ROOT);
    List<Map<String, String>> lines =
        name.endsWith(".jsonl")
            ? jsonLines(table, text)
            : csv(table, text, name.endsWith(".tsv") ? '\t' : ',');
    List<Row> rows = new ArrayList<>();
    for (Map<String, String> line : lines) {
      String file = value(table, line, FILE);
      rows.add(new Row(locate(table, file), value(table, line, LABEL), split(table, line, file)));
    }
    return rows;
  }

  private String locate(SplitFile table, String file) throws IOException {
    boolean absolute = file.startsWith("/") || file.matches("[A-Za-z][A-Za-z0-9+.-]+:/.*");
    return tree.locate(absolute ? file : FileTree.shown(table.folder()) + "/" + file);
  }

  private SourceSplit split(SplitFile table, Map<String, String> line, String file)
      throws IOException {
    if (line.containsKey(SPLIT)) {
      return SourceSplit.ofFolder(line.get(SPLIT))
          .orElseThrow(
              () ->
                  own.refused(
                      String.format(
                          Locale.ROOT,
                          "%s has split '%s' of %s (must be train, validation or test)",
                          table.name(),
                          line.get(SPLIT),
                          file)));
    }
    Set<SourceSplit> ofFolders = EnumSet.noneOf(SourceSplit.class);
    String[] parts = file.split("/");
    Arrays.stream(parts, 0, parts.length - 1)
        .forEach(part -> SourceSplit.ofFolder(part).ifPresent(ofFolders::add));
    return ofFolders.size() == 1 ? ofFolders.iterator().next() : table.splitByName(own.source());
  }

  private String value(SplitFile table, Map<String, String> line, List<String> names)
      throws IOException {
    for (String name : names) {
      if (line.get(name) != null) {
        return line.get(name);
      }
    }
    throw own.refused(
        String.format(
            Locale.ROOT,
            "a row of %s has no %s, but %s",
            table.name(),
            String.join(" or ", names),
            String.join(", ", line.keySet())));
  }

  private static List<Map<String, String>> jsonLines(SplitFile table, String text)
      throws IOException {
    List<Map<String, String>> lines = new ArrayList<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      try {
        Map<String, String> values = new LinkedHashMap<>();
        JsonNode object = JSON.readTree(line);
        object
            .fields()
            .forEachRemaining(
                field -> {
                  if (field.getValue().isValueNode() && !field.getValue().isNull()) {
                    values.put(field.getKey(), field.getValue().asText());
                  }
                });
        lines.add(values);
      } catch (JsonProcessingException e) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot read %s: line %d is not JSON",
                FileTree.shown(table.location()),
                number),
            e);
      }
    }
    return lines;
  }

  private static List<Map<String, String>> csv(SplitFile table, String text, char delimiter)
      throws IOException {
    CsvParserSettings settings = new CsvParserSettings();
    settings.getFormat().setDelimiter(delimiter);
    settings.setLineSeparatorDetectionEnabled(true);
    List<String[]> lines;
    try {
      lines = new CsvParser(settings).parseAll(new StringReader(text));
    } catch (TextParsingException e) {
      throw new IOException(
          "Cannot read " + FileTree.shown(table.location()) + ": it is not CSV", e);
    }
    List<Map<String, String>> rows = new ArrayList<>();
    for (String[] line : lines.subList(Math.min(1, lines.size()), lines.size())) {
      Map<String, String> values = new LinkedHashMap<>();
      for (int i = 0; i < line.length && i < lines.get(0).length; i++) {
        values.put(String.valueOf(lines.get(0)[i]).toLowerCase(Locale.ROOT), line[i]);
      }
      rows.add(values);
    }
    return rows;
  }
}
