/**
 * Kernels in plain Java, one loop a formula: the oracle that the others are tested against, and the
 * slowest.
 */
package org.isonorm.network.kernel.reference;
