/** What training costs on clusters that are not here, predicted from what was measured on one. */
package org.isonorm.spark.scaling;
