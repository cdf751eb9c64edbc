package org.isonorm.spark.report;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/**
 * Makes XChart's SVG documents fit for a page: themed by CSS variables, several to a page, and
 * small.
 */
final class Svg {
  private static final Pattern DECIMALS = Pattern.compile("-?\\d+\\.\\d+(E-?\\d+)?");

  private Svg() {}

  static String inline(byte[] document, String id, String description) throws IOException {
    try {
      DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
      // The document type names a DTD on the web: it is not needed.
      builder.setEntityResolver((publicId, systemId) -> new InputSource(new StringReader("")));
      Element root = builder.parse(new ByteArrayInputStream(document)).getDocumentElement();
      for (String attribute :
          List.of("xmlns", "xmlns:xlink", "version", "x", "y", "width", "height")) {
        root.removeAttribute(attribute);
      }
      root.setAttribute("role", "img");
      root.setAttribute("aria-label", description);
      tidy(root, id);
      Transformer transformer = TransformerFactory.newInstance().newTransformer();
      transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
      StringWriter page = new StringWriter();
      transformer.transform(new DOMSource(root), new StreamResult(page));
      return page.toString();
    } catch (ParserConfigurationException | SAXException | TransformerException e) {
      throw new IOException("Cannot put a plot into the page: " + e.getMessage(), e);
    }
  }

  private static void tidy(Element parent, String id) {
    List<Element> children = new ArrayList<>();
    for (Node child = parent.getFirstChild(); child != null; ) {
      Node next = child.getNextSibling();
      if (child instanceof Element element
          && !element.getAttribute("style").contains("fill-opacity:0;")) {
        children.add(element);
      } else {
        parent.removeChild(child);
      }
      child = next;
    }
    joinLines(children);
    for (Element child : children) {
      for (int i = 0; i < child.getAttributes().getLength(); i++) {
        Node attribute = child.getAttributes().item(i);
        attribute.setNodeValue(
            switch (attribute.getNodeName()) {
              case "style" -> themed(attribute.getNodeValue());
              case "id" -> id + "-" + attribute.getNodeValue();
              case "clip-path" -> attribute.getNodeValue().replace("#", "#" + id + "-");
              default -> rounded(attribute.getNodeValue());
            });
      }
      tidy(child, id);
    }
  }

  /** A curve comes as one line a segment: makes a path of each run of them. */
  private static void joinLines(List<Element> siblings) {
    for (int first = 0; first < siblings.size(); first++) {
      Element line = siblings.get(first);
      if (!line.getTagName().equals("line")) {
        continue;
      }
      StringBuilder path =
          new StringBuilder("M").append(point(line, "1")).append('L').append(point(line, "2"));
      Element last = line;
      int following = first + 1;
      while (following < siblings.size() && continues(last, siblings.get(following))) {
        last = siblings.remove(following);
        path.append(' ').append(point(last, "2"));
        last.getParentNode().removeChild(last);
      }
      Element joined = line.getOwnerDocument().createElement("path");
      joined.setAttribute("d", path.toString());
      joined.setAttribute("style", line.getAttribute("style"));
      line.getParentNode().replaceChild(joined, line);
      siblings.set(first, joined);
    }
  }

  private static String point(Element line, String end) {
    return line.getAttribute("x" + end) + " " + line.getAttribute("y" + end);
  }

  private static boolean continues(Element line, Element next) {
    return next.getTagName().equals("line")
        && point(next, "1").equals(point(line, "2"))
        && next.getAttribute("style").equals(line.getAttribute("style"));
  }

  private static String themed(String style) {
    String themed = style;
    for (Ink ink : Ink.values()) {
      themed = themed.replace(ink.rgb(), ink.css());
    }
    return themed.replace("stroke:none;", "").replace("stroke-miterlimit:10;", "");
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
