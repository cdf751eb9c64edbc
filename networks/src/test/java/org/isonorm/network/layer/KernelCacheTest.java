package org.isonorm.network.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.isonorm.network.kernel.AddKernel;
import org.isonorm.network.kernel.Kernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.reference.ReferenceKernels;
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

  private final KernelCache<Integer, CountedKernel> cache =
      new KernelCache<>((kernels, shape) -> new CountedKernel(shape));

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

  @Test
  void otherKernelsReplaceThoseThereAre() {
    KernelCache<Integer, AddKernel> additions =
        new KernelCache<>((kernels, length) -> kernels.add(length));
    AddKernel before = additions.of(8);
    Kernels plain = new ReferenceKernels();

    additions.computeWith(plain);

    assertThat(additions.kernels()).isSameAs(plain);
    assertThat(additions.of(8)).isNotSameAs(before).hasSameClassAs(plain.add(8));
    assertThat(before).doesNotHaveSameClassAs(plain.add(8));
  }

  @Test
  void closesWhatItGivesUpForOtherKernels() {
    cache.of(1);
    cache.of(2);
    cache.computeWith(new ReferenceKernels());
    assertThat(closed).containsExactlyInAnyOrder(1, 2);
    assertThat(cache.of(1).shape).isEqualTo(1);
    assertThat(made).isEqualTo(3);
  }
}
