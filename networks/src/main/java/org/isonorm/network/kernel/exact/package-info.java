/**
 * Kernels for second derivatives: in float64 throughout, and with tangents, which carry a Hessian's
 * product with a vector along with values and gradients. Used by {@code
 * org.isonorm.network.tuning}.
 */
package org.isonorm.network.kernel.exact;
