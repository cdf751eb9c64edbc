package org.isonorm.network.kernel.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.isonorm.network.benchmark.PartTimes;
import org.isonorm.network.benchmark.TimedKernels;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.reference.ReferenceKernels;
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

  @Test
  void kernelsGivenHoldWhileBuildingAndOnThisThreadAlone() {
    Kernels given = new TimedKernels(new ReferenceKernels(), new PartTimes());
    Kernels usual = KernelProvider.kernels();

    List<Kernels> seen =
        KernelProvider.with(
            given,
            () ->
                List.of(
                    KernelProvider.kernels(),
                    CompletableFuture.supplyAsync(KernelProvider::kernels).join()));

    assertThat(seen).containsExactly(given, usual);
    assertThat(KernelProvider.kernels()).isSameAs(usual);
  }
}
