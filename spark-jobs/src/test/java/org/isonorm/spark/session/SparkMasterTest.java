package org.isonorm.spark.session;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SparkMasterTest {
  private static final String HOST = "127.0.0.1";

  @Test
  void nobodyAtThePortIsSaidSo() throws IOException {
    String url = "spark://%s:%d".formatted(HOST, closedPort());

    assertThatThrownBy(() -> SparkMaster.checkReachable(url))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage(
            "Cannot reach Spark master %s: connection refused (start it, or correct --master)",
            url);
  }

  @Test
  void oneOfSeveralIsEnough() throws IOException {
    try (ServerSocket master = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int closed = closedPort();

      assertThatCode(
              () ->
                  SparkMaster.checkReachable(
                      "spark://%s:%d,%s:%d".formatted(HOST, closed, HOST, master.getLocalPort())))
          .doesNotThrowAnyException();
    }
  }

  @Test
  void eachOfSeveralIsNamedWithItsReason() throws IOException {
    int closed = closedPort();

    assertThatThrownBy(
            () ->
                SparkMaster.checkReachable(
                    "spark://%s:%d,no-such-host.invalid:7077".formatted(HOST, closed)))
        .hasMessageContaining(
            "%s:%d: connection refused; no-such-host.invalid:7077: there is no such host",
            HOST, closed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"spark://host", "spark://host:", "spark://:7077", "spark://h:70777"})
  void anAddressNeedsAHostAndAPort(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SparkMaster.checkReachable(url))
        .withMessage("Invalid --master: %s (must be like spark://host:7077)", url);
  }

  @ParameterizedTest
  @ValueSource(strings = {"local[2]", "yarn", "k8s://https://host:6443", "local-cluster[2,1,1024]"})
  void otherMastersAreSparksOwnAffair(String url) {
    assertThatCode(() -> SparkMaster.checkReachable(url)).doesNotThrowAnyException();
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
