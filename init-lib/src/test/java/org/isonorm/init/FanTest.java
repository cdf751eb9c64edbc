package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class FanTest {
  @Test
  void countsKernelAreaOnBothSides() {
    assertThat(WeightShape.convolution(64, 3, 3, 3).fan()).isEqualTo(new Fan(27, 576));
    assertThat(WeightShape.convolution(128, 64, 1, 5).fan()).isEqualTo(new Fan(320, 640));
  }

  @Test
  void denseFansAreInputsAndOutputs() {
    assertThat(WeightShape.dense(10, 512).fan()).isEqualTo(new Fan(512, 10));
  }

  @Test
  void groupsDivideTheFanInOnly() {
    assertThat(WeightShape.groupedConvolution(32, 16, 3, 3, 4).fan()).isEqualTo(new Fan(36, 288));
    assertThat(WeightShape.groupedConvolution(16, 16, 3, 3, 16).fan()).isEqualTo(new Fan(9, 144));
  }

  @Test
  void doesNotOverflowAnInt() {
    assertThat(WeightShape.convolution(1 << 20, 1 << 20, 64, 64).fan())
        .isEqualTo(new Fan(1L << 32, 1L << 32));
  }

  @Test
  void rejectsNonPositiveFans() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Fan(0, 1))
        .withMessage("Invalid fan-in: 0 (must be > 0)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Fan(1, -3))
        .withMessage("Invalid fan-out: -3 (must be > 0)");
  }
}
