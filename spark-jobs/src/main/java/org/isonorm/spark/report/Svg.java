package org.isonorm.spark.report;

import java.awt.Dimension;
import java.awt.Graphics2D;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.batik.svggen.SVGGraphics2D;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Drawings as SVG, written by Batik: documents, and elements fit for a page, which are themed by
 * CSS variables, several to a page, and small.
 */
final class Svg {
  private static final String NAMESPACE = "http://www.w3.org/2000/svg";
  private static final Set<String> COORDINATES =
      Set.of("d", "points", "x", "y", "width", "height", "cx", "cy", "r", "rx", "ry");

  private static final Pattern DECIMALS = Pattern.compile("-?\\d+\\.\\d+(E-?\\d+)?");

  /** How a shape is painted, and SVG's defaults; what else Batik writes does not show. */
  private static final Map<String, String> PAINT =
      Map.of(
          "fill", "black",
          "fill-opacity", "1",
          "stroke", "none",
          "stroke-opacity", "1",
          "stroke-width", "1",
          "stroke-linecap", "butt",
          "stroke-linejoin", "miter",
          "stroke-miterlimit", "4",
          "stroke-dasharray", "none",
          "stroke-dashoffset", "0");

  private final Document page;
  private final String id;

  /** The path that the last line went into, and where it ends. */
  private Element run;

  private String end = "";

  private Svg(Document page, String id) {
    this.page = page;
    this.id = id;
  }

  /** An element of a page, with an id unique in it, described for those who cannot see it. */
  static String inline(Drawing drawing, String id, String description) throws IOException {
    Element root = root(drawing.width(), drawing.height(), drawing::paint, id);
    root.setAttribute("role", "img");
    root.setAttribute("aria-label", description);
    return text(root, "yes");
  }

  /** A document of its own. */
  static String document(int width, int height, Consumer<Graphics2D> painter) throws IOException {
    Element root = root(width, height, painter, "plot");
    root.setAttribute("xmlns", NAMESPACE);
    root.setAttribute("width", Integer.toString(width));
    root.setAttribute("height", Integer.toString(height));
    return text(root, "no");
  }

  private static Element root(int width, int height, Consumer<Graphics2D> painter, String id)
      throws IOException {
    try {
      var documents = DocumentBuilderFactory.newInstance().newDocumentBuilder();
      SVGGraphics2D graphics =
          new SVGGraphics2D(
              documents.getDOMImplementation().createDocument(NAMESPACE, "svg", null));
      graphics.setSVGCanvasSize(new Dimension(width, height));
      painter.accept(graphics);
      Document page = documents.newDocument();
      Element root = page.createElement("svg");
      root.setAttribute("viewBox", "0 0 " + width + " " + height);
      Element drawn = graphics.getRoot();
      Map<String, String> paint = new TreeMap<>();
      PAINT.keySet().forEach(key -> paint.put(key, drawn.getAttribute(key)));
      new Svg(page, id).copy(drawn, paint, root);
      return root;
    } catch (ParserConfigurationException e) {
      throw new IOException("Cannot draw a plot: " + e.getMessage(), e);
    }
  }

  private static String text(Element root, String withoutDeclaration) throws IOException {
    try {
      Transformer transformer = TransformerFactory.newInstance().newTransformer();
      transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, withoutDeclaration);
      StringWriter text = new StringWriter();
      transformer.transform(new DOMSource(root), new StreamResult(text));
      return text.toString();
    } catch (TransformerException e) {
      throw new IOException("Cannot write a plot: " + e.getMessage(), e);
    }
  }

  /** Copies what is seen, each shape with its paint; groups only where they move or clip. */
  private void copy(Element from, Map<String, String> inherited, Element to) {
    for (Element child : children(from)) {
      Map<String, String> paint = new TreeMap<>(inherited);
      PAINT.keySet().stream()
          .filter(child::hasAttribute)
          .forEach(key -> paint.put(key, child.getAttribute(key)));
      switch (child.getTagName()) {
        case "defs" -> children(child).forEach(clip -> to.appendChild(whole(clip)));
        case "g" -> {
          Element group = page.createElement("g");
          place(child, group);
          if (group.hasAttributes()) {
            to.appendChild(group);
          }
          copy(child, paint, group.hasAttributes() ? group : to);
        }
        default -> shape(child, style(paint), to);
      }
    }
  }

  private void shape(Element from, String style, Element to) {
    if (style.isEmpty()) {
      return;
    }
    boolean line = from.getTagName().equals("line");
    Element shape = line ? page.createElement("path") : whole(from);
    place(from, shape);
    shape.setAttribute("style", style);
    if (line) {
      // A curve comes as one line a segment: a path is made of each run of them.
      String start = from.getAttribute("x1") + " " + from.getAttribute("y1");
      String next = from.getAttribute("x2") + " " + from.getAttribute("y2");
      if (to.getLastChild() == run && start.equals(end) && sameButForPath(run, shape)) {
        run.setAttribute("d", run.getAttribute("d") + " " + rounded(next));
        end = next;
        return;
      }
      shape.setAttribute("d", "M" + rounded(start) + "L" + rounded(next));
      run = shape;
      end = next;
    }
    to.appendChild(shape);
  }

  private static boolean sameButForPath(Element run, Element line) {
    return Stream.of("style", "transform", "clip-path")
        .allMatch(name -> run.getAttribute(name).equals(line.getAttribute(name)));
  }

  /** Where Batik says that something lies, beside its own coordinates. */
  private void place(Element from, Element to) {
    if (from.hasAttribute("transform")) {
      to.setAttribute("transform", from.getAttribute("transform"));
    }
    if (from.hasAttribute("clip-path")) {
      to.setAttribute("clip-path", from.getAttribute("clip-path").replace("#", "#" + id + "-"));
    }
  }

  /** An element and its children without their paint. */
  private Element whole(Element from) {
    Element copy = page.createElement(from.getTagName());
    for (int i = 0; i < from.getAttributes().getLength(); i++) {
      String name = from.getAttributes().item(i).getNodeName();
      String value = from.getAttributes().item(i).getNodeValue();
      if (name.equals("id")) {
        copy.setAttribute(name, id + "-" + value);
      } else if (COORDINATES.contains(name)) {
        copy.setAttribute(name, rounded(value));
      }
    }
    children(from).forEach(child -> copy.appendChild(whole(child)));
    return copy;
  }

  private static List<Element> children(Element parent) {
    List<Element> children = new ArrayList<>();
    for (Node child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
      if (child instanceof Element element) {
        children.add(element);
      }
    }
    return children;
  }

  /** In the page's inks; empty if nothing is seen. */
  private static String style(Map<String, String> paint) {
    boolean filled = seen(paint, "fill");
    boolean stroked = seen(paint, "stroke");
    StringBuilder style = new StringBuilder(stroked && !filled ? "fill:none;" : "");
    paint.forEach(
        (key, value) -> {
          boolean counts = key.startsWith("fill") ? filled : stroked;
          if (counts && !value.equals(PAINT.get(key))) {
            style.append(key).append(':').append(value).append(';');
          }
        });
    String themed = style.toString();
    for (Ink ink : Ink.values()) {
      themed = themed.replace(ink.rgb(), ink.css());
    }
    return themed.isEmpty() && filled ? "fill:black;" : themed;
  }

  private static boolean seen(Map<String, String> paint, String kind) {
    return !paint.getOrDefault(kind, PAINT.get(kind)).equals("none")
        && !paint.getOrDefault(kind + "-opacity", "1").equals("0");
  }

  private static String rounded(String numbers) {
    return DECIMALS
        .matcher(numbers)
        .replaceAll(
            number -> {
              double value = Math.round(Double.parseDouble(number.group()) * 10) / 10.0;
              return value == Math.rint(value)
                  ? Long.toString((long) value)
                  : Double.toString(value);
            });
  }
}
