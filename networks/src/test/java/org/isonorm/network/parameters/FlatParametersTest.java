package org.isonorm.network.parameters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class FlatParametersTest {

  @Test
  void bytesAreLittleEndianFloats() {
    float[] values = {1.5f, -0f, Float.NaN, Float.MIN_VALUE, Float.NEGATIVE_INFINITY};

    float[] read = new float[values.length];
    ByteBuffer.wrap(FlatParameters.toBytes(Nd4j.createFromArray(values)))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(read);

    assertThat(read).isEqualTo(values);
  }

  @Test
  void bytesComeBackAsTheyWent() {
    INDArray sent = Nd4j.linspace(DataType.FLOAT, -3, .001, 10_007);
    INDArray received = Nd4j.zeros(DataType.FLOAT, 1, 10_007);

    FlatParameters.copyFrom(FlatParameters.toBytes(sent), received);

    assertThat(received.data().asFloat()).isEqualTo(sent.data().asFloat());
  }

  @Test
  void aViewIsReadAndWrittenInItsPlaceAlone() {
    INDArray whole = Nd4j.arange(10).castTo(DataType.FLOAT);
    INDArray view = whole.get(NDArrayIndex.interval(3, 6));
    byte[] ofView = FlatParameters.toBytes(view);
    assertThat(ofView).isEqualTo(FlatParameters.toBytes(Nd4j.createFromArray(3f, 4f, 5f)));

    FlatParameters.copyFrom(new byte[12], view);

    assertThat(whole.toFloatVector()).containsExactly(0, 1, 2, 0, 0, 0, 6, 7, 8, 9);
  }

  @Test
  void refusesAnotherLength() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FlatParameters.copyFrom(new byte[12], Nd4j.zeros(DataType.FLOAT, 4)))
        .withMessage("Invalid parameters: 12 bytes, expected 16 for 4 values");
  }

  @Test
  void refusesWhatIsNoFlatVector() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FlatParameters.toBytes(Nd4j.zeros(DataType.FLOAT, 2, 3)))
        .withMessage(
            "Invalid vector: FLOAT of shape [2, 3] (must be FLOAT of shape [n] or [1, n])");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FlatParameters.toBytes(Nd4j.zeros(DataType.DOUBLE, 3)))
        .withMessageStartingWith("Invalid vector: DOUBLE");
  }
}
