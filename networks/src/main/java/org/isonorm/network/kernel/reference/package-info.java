/** Kernels in plain Java, the oracle that the others are tested against. */
package org.isonorm.network.kernel.reference;
