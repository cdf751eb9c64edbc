package org.isonorm.network.kernel.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelProviderTest {

  @AfterEach
  void clear() {
    System.clearProperty(KernelProvider.PROPERTY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn", "onednn-direct", "nd4j", "reference"})
  void thePropertyChooses(String name) {
    System.setProperty(KernelProvider.PROPERTY, name);
    assertThat(KernelProvider.kernels().name()).isEqualTo(name);
    assertThat(KernelProvider.kernels()).isSameAs(KernelProvider.kernels());
  }

  @Test
  void oneDnnIsTheChoiceOnTheCpu() {
    assertThat(KernelProvider.kernels().name()).isEqualTo("onednn");
  }

  @Test
  void anUnknownNameIsRefused() {
    System.setProperty(KernelProvider.PROPERTY, "cudnn");
    assertThatThrownBy(KernelProvider::kernels)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Invalid isonorm.kernel: cudnn (must be one of onednn, onednn-direct, nd4j,"
                + " reference)");
  }
}
