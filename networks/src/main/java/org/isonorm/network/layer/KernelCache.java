package org.isonorm.network.layer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.BiFunction;
import org.isonorm.network.kernel.Kernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.provider.KernelProvider;

/**
 * The kernels of a layer for the shapes it met last: the training batch, the last and smaller batch
 * of an epoch, and the evaluation batch. A fourth shape closes the kernel longest unused.
 */
final class KernelCache<S, K extends Kernel> {

  private static final int CAPACITY = 3;

  private record Entry<S, K>(S shape, K kernel) {}

  private final BiFunction<Kernels, S, K> factory;
  private Kernels kernels = KernelProvider.kernels();
  private final Deque<Entry<S, K>> entries = new ArrayDeque<>(CAPACITY + 1);

  /**
   * A cache of kernels of the process's own kind.
   *
   * @param factory makes the kernel of a shape
   */
  KernelCache(BiFunction<Kernels, S, K> factory) {
    this.factory = factory;
  }

  /** What makes the kernels. */
  Kernels kernels() {
    return kernels;
  }

  /** Closes the kernels there are, and makes the next ones by others. */
  void computeWith(Kernels others) {
    entries.forEach(entry -> entry.kernel().close());
    entries.clear();
    kernels = others;
  }

  K of(S shape) {
    Entry<S, K> latest = entries.peekFirst();
    if (latest != null && latest.shape().equals(shape)) {
      return latest.kernel();
    }
    Entry<S, K> entry = remove(shape);
    if (entry == null) {
      entry = new Entry<>(shape, factory.apply(kernels, shape));
    }
    entries.addFirst(entry);
    if (entries.size() > CAPACITY) {
      entries.removeLast().kernel().close();
    }
    return entry.kernel();
  }

  private Entry<S, K> remove(S shape) {
    for (Iterator<Entry<S, K>> i = entries.iterator(); i.hasNext(); ) {
      Entry<S, K> entry = i.next();
      if (entry.shape().equals(shape)) {
        i.remove();
        return entry;
      }
    }
    return null;
  }
}
