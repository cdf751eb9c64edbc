package org.isonorm.network.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.isonorm.network.kernel.Kernel;
import org.junit.jupiter.api.Test;

class KernelCacheTest {

  private final List<Integer> closed = new ArrayList<>();
  private int made;

  private final class CountedKernel implements Kernel {
    private final int shape;

    CountedKernel(int shape) {
      this.shape = shape;
      made++;
    }

    @Override
    public void close() {
      closed.add(shape);
    }
  }

  private final KernelCache<Integer, CountedKernel> cache = new KernelCache<>(CountedKernel::new);

  @Test
  void keepsTheKernelsOfTheLastThreeShapes() {
    for (int shape : new int[] {128, 80, 128, 100, 80, 128, 100}) {
      assertThat(cache.of(shape).shape).isEqualTo(shape);
    }
    assertThat(made).isEqualTo(3);
    assertThat(closed).isEmpty();
  }

  @Test
  void closesTheKernelLongestUnused() {
    for (int shape : new int[] {1, 2, 3, 1, 4, 1, 3, 5}) {
      cache.of(shape);
    }
    assertThat(closed).containsExactly(2, 4);
    assertThat(made).isEqualTo(5);
  }
}
