package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class WeightShapeTest {
  @Test
  void sizeIsTheProductOfTheLayoutsDimensions() {
    assertThat(WeightShape.convolution(64, 3, 3, 5).size()).isEqualTo(2880);
    assertThat(WeightShape.groupedConvolution(32, 16, 3, 3, 4).size()).isEqualTo(32 * 4 * 9);
    assertThat(WeightShape.dense(10, 512).size()).isEqualTo(5120);
  }

  @Test
  void sizeDoesNotOverflowAnInt() {
    assertThat(WeightShape.dense(1 << 20, 1 << 20).size()).isEqualTo(1L << 40);
  }

  @Test
  void rejectsEmptyDimensions() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WeightShape.convolution(0, 3, 3, 3))
        .withMessage("Invalid output channels: 0 (must be > 0)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WeightShape.dense(10, -1))
        .withMessage("Invalid input channels: -1 (must be > 0)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WeightShape.convolution(1, 3, 0, 3))
        .withMessage("Invalid kernel height: 0 (must be > 0)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WeightShape.convolution(1, 3, 3, 0))
        .withMessage("Invalid kernel width: 0 (must be > 0)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WeightShape.groupedConvolution(4, 4, 3, 3, 0))
        .withMessage("Invalid groups: 0 (must be > 0)");
  }

  @Test
  void rejectsGroupsThatDoNotDivideTheChannels() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WeightShape.groupedConvolution(6, 4, 3, 3, 4))
        .withMessage("Invalid groups: 4 (must divide the 4 input and 6 output channels)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WeightShape.groupedConvolution(4, 6, 3, 3, 4))
        .withMessage("Invalid groups: 4 (must divide the 6 input and 4 output channels)");
  }
}
