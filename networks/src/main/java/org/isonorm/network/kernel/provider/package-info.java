/** Chooses the kernels of a process and puts oneDNN's together from their parts. */
package org.isonorm.network.kernel.provider;
