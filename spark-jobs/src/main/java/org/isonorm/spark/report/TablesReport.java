package org.isonorm.spark.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The paper's tables beside all runs of a folder. */
final class TablesReport {
  private static final Logger LOG = LoggerFactory.getLogger(TablesReport.class);

  private TablesReport() {}

  static Path render(Path folder, List<TestResult> results) throws IOException {
    PaperTables tables = PaperTables.of(results);
    Map<String, Object> model = new HashMap<>();
    model.put("name", folder.toAbsolutePath().normalize().getFileName().toString());
    model.put("runs", Words.plural(results.size(), "tested run"));
    model.put("paperTables", tables.views());
    Path file = Page.write(folder, Page.fill("tables.ftlh", model));
    LOG.info("Wrote {}", file);
    return file;
  }
}
