package org.isonorm.spark.report;

import freemarker.template.Configuration;
import freemarker.template.TemplateException;
import freemarker.template.TemplateExceptionHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.isonorm.spark.run.AtomicFiles;

/** Fills the templates of pages and writes them. */
final class Page {
  private static final String FILE = "report.html";

  private Page() {}

  /** Sees that drawing needs no display. */
  static void prepare() {
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
  }

  /** The page of a template and its model, with the style sheet. */
  static String fill(String template, Map<String, Object> model) throws IOException {
    Configuration freemarker = new Configuration(Configuration.VERSION_2_3_34);
    freemarker.setClassForTemplateLoading(Page.class, "");
    freemarker.setDefaultEncoding(StandardCharsets.UTF_8.name());
    freemarker.setLocale(Locale.ROOT);
    freemarker.setTemplateExceptionHandler(TemplateExceptionHandler.RETHROW_HANDLER);
    freemarker.setLogTemplateExceptions(false);
    Map<String, Object> whole = new HashMap<>(model);
    whole.put("style", style());
    StringWriter page = new StringWriter();
    try {
      freemarker.getTemplate(template).process(whole, page);
    } catch (TemplateException e) {
      throw new IOException("Cannot fill the report's template: " + e.getMessage(), e);
    }
    return page.toString();
  }

  /** Writes report.html into a folder. */
  static Path write(Path folder, String page) throws IOException {
    Path file = folder.resolve(FILE);
    AtomicFiles.write(file, page);
    return file;
  }

  private static String style() throws IOException {
    try (InputStream css = Page.class.getResourceAsStream("report.css")) {
      return new String(css.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
