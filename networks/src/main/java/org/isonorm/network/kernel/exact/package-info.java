/** Kernels in float64 and their tangents, for second derivatives. */
package org.isonorm.network.kernel.exact;
