package org.isonorm.network.layer;

import org.isonorm.network.kernel.Kernels;

/** A layer or vertex that leaves its arithmetic to kernels. */
interface KernelUser {

  /** Computes with these kernels from now on. */
  void computeWith(Kernels kernels);
}
