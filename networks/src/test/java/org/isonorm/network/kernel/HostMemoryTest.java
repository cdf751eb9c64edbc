package org.isonorm.network.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Pins down where ND4J keeps the elements of a view: the kernels compute addresses by it. */
class HostMemoryTest {

  private final INDArray flat = Nd4j.arange(100).castTo(DataType.FLOAT).reshape(1, 100);

  @Test
  void aViewStartsAtItsOffset() {
    INDArray view = flat.reshape(100).get(NDArrayIndex.interval(30, 54)).reshape('c', 2, 3, 2, 2);
    assertThat(HostMemory.address(view, 24) - HostMemory.address(flat, 100))
        .isEqualTo(30L * Float.BYTES);
    assertThat(HostMemory.buffer(view, 24).get(5)).isEqualTo(35f);
    HostMemory.buffer(view, 24).put(5, -1f);
    assertThat(flat.getFloat(35)).isEqualTo(-1f);
  }

  @Test
  void aViewOfAViewStartsAtBothOffsets() {
    INDArray view = flat.reshape(100).get(NDArrayIndex.interval(30, 60));
    INDArray inner = view.get(NDArrayIndex.interval(7, 9));
    assertThat(HostMemory.buffer(inner, 2).get(0)).isEqualTo(37f);
  }

  @Test
  @SuppressWarnings("try") // The workspace is used by being open.
  void aWorkspacesArrayLiesWhereItSays() {
    try (MemoryWorkspace workspace =
        Nd4j.getWorkspaceManager().getAndActivateWorkspace("host-memory-test")) {
      INDArray first = Nd4j.arange(10).castTo(DataType.FLOAT);
      INDArray second = Nd4j.arange(10, 20).castTo(DataType.FLOAT);
      assertThat(HostMemory.buffer(first, 10).get(3)).isEqualTo(3f);
      assertThat(HostMemory.buffer(second, 10).get(3)).isEqualTo(13f);
    }
  }

  @Test
  void contiguousMeansCOrder() {
    INDArray matrix = Nd4j.arange(12).castTo(DataType.FLOAT).reshape('c', 3, 4);
    assertThat(Tensors.isContiguous(matrix)).isTrue();
    assertThat(Tensors.isContiguous(matrix.transpose())).isFalse();
    assertThat(Tensors.isContiguous(matrix.getRow(1))).isTrue();
    assertThat(Tensors.isContiguous(matrix.getColumn(1))).isFalse();
    assertThat(Tensors.isContiguous(matrix.dup('f'))).isFalse();
    assertThat(Tensors.isContiguous(matrix.getColumn(1).dup('f').reshape(1, 3))).isTrue();
  }
}
