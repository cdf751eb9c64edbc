package org.isonorm.spark.session;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A standalone master, asked for before Spark does, which would ask for minutes. */
final class SparkMaster {
  private static final String SCHEME = "spark://";
  private static final int TIMEOUT_MILLISECONDS = 8_000;

  private SparkMaster() {}

  /** Whether tasks run in this very process. */
  static boolean isThisProcess(String url) {
    return url.equals("local") || url.startsWith("local[");
  }

  /**
   * Checks that one of a URL's masters takes connections; does nothing for masters of other kinds.
   *
   * @throws IllegalArgumentException if an address has no port
   * @throws UncheckedIOException if none does
   */
  static void checkReachable(String url) {
    if (!url.startsWith(SCHEME)) {
      return;
    }
    List<String> reasons = new ArrayList<>();
    String[] addresses = url.substring(SCHEME.length()).split(",", -1);
    for (String address : addresses) {
      String reason = reasonAgainst(url, address, TIMEOUT_MILLISECONDS / addresses.length);
      if (reason.isEmpty()) {
        return;
      }
      reasons.add(addresses.length == 1 ? reason : address + ": " + reason);
    }
    String sentence =
        String.format(
            Locale.ROOT,
            "Cannot reach Spark master %s: %s (start it, or correct --master)",
            url,
            String.join("; ", reasons));
    throw new UncheckedIOException(sentence, new ConnectException(sentence));
  }

  private static String reasonAgainst(String url, String address, int timeout) {
    int colon = address.lastIndexOf(':');
    int port;
    try {
      port = Integer.parseInt(address.substring(colon + 1));
    } catch (NumberFormatException e) {
      port = -1;
    }
    if (colon < 1 || port < 1 || port > 65_535) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid --master: %s (must be like spark://host:7077)", url));
    }
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address.substring(0, colon), port), timeout);
      return "";
    } catch (UnknownHostException e) {
      return "there is no such host";
    } catch (SocketTimeoutException e) {
      return String.format(Locale.ROOT, "no answer within %d ms", timeout);
    } catch (IOException e) {
      return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    }
  }
}
